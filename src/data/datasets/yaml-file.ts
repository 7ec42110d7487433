import { readFile, stat } from 'node:fs/promises';

import { type CST, LineCounter, parseDocument, type ParsedNode, Parser } from 'yaml';

import { ThicketError } from '../../core/errors.ts';
import { DATASET_BYTES_MAX, YAML_DEPTH_MAX } from './bounds.ts';

/** The text of a YAML file and its places, for messages. */
export class YamlFile {
  readonly text: string;
  readonly #path: string;
  readonly #lines = new LineCounter();

  /** @throws {ThicketError} DATASET_REFUSED for a file that cannot be read, or is too long. */
  static async read(path: string): Promise<YamlFile> {
    try {
      const { size } = await stat(path);
      if (size <= DATASET_BYTES_MAX) return new YamlFile(path, await readFile(path, 'utf8'));
    } catch (cause) {
      const sentence = `the dataset file cannot be read: ${(cause as Error).message}`;
      throw new ThicketError('DATASET_REFUSED', sentence, { cause });
    }
    const sentence = `${path} is longer than the ${DATASET_BYTES_MAX} bytes of a dataset file`;
    throw new ThicketError('DATASET_REFUSED', sentence);
  }

  constructor(path: string, text: string) {
    this.#path = path;
    this.text = text;
  }

  /** The value of the whole file. */
  root(): ParsedNode {
    const tokens = [...new Parser((offset) => this.#lines.addNewLine(offset)).parse(this.text)];
    this.#refuseDeep(tokens);
    const document = parseDocument(this.text, { prettyErrors: false });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) this.refuse(`this is no YAML: ${problem.message}`, problem.pos[0]);
    if (document.contents === null) this.refuse('the file is empty', 0);
    return document.contents;
  }

  /** @throws {ThicketError} DATASET_REFUSED, with the place as `file:line:column`. */
  refuse(sentence: string, at: number): never {
    const { line, col } = this.#lines.linePos(at);
    // Before the first line has been counted.
    const place = `${Math.max(line, 1)}:${Math.max(col, 1)}`;
    throw new ThicketError('DATASET_REFUSED', `${this.#path}:${place}: ${sentence}`);
  }

  /** Without calling itself, as everything after this does. */
  #refuseDeep(tokens: readonly CST.Token[]): void {
    const open = tokens.map((token): readonly [CST.Token, number] => [token, 0]);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [token, depth] = next;
      if (depth > YAML_DEPTH_MAX) {
        this.refuse(`values are nested more than ${YAML_DEPTH_MAX} deep`, token.offset);
      }
      for (const inner of innerTokens(token)) open.push([inner, depth + 1]);
    }
  }
}

function innerTokens(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((each) => each !== null && each !== undefined),
  );
}
