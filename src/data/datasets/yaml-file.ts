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
      if (size <= DATASET_BYTES_MAX) {
        return new YamlFile(path, textOf(await readFile(path), path));
      }
    } catch (cause) {
      if (cause instanceof ThicketError) throw cause;
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
    this.#refuseSecond(tokens);
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

  #refuseSecond(tokens: readonly CST.Token[]): void {
    const [, second] = tokens.filter(({ type }) => type === 'document');
    if (second === undefined) return;
    this.refuse('a second document begins here: one file describes one dataset', second.offset);
  }

  /** Without calling itself, as everything after this does. An alias could stand for its own parent. */
  #refuseDeep(tokens: readonly CST.Token[]): void {
    const open = tokens.map((token): readonly [CST.Token, number] => [token, 0]);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [token, depth] = next;
      if (depth > YAML_DEPTH_MAX) {
        this.refuse(`values are nested more than ${YAML_DEPTH_MAX} deep`, token.offset);
      }
      if (token.type === 'alias') {
        this.refuse(
          `${token.source} stands for another value: write the value itself`,
          token.offset,
        );
      }
      for (const inner of innerTokens(token)) open.push([inner, depth + 1]);
    }
  }
}

/** @throws {ThicketError} DATASET_REFUSED for bytes that are no text in UTF-8. */
function textOf(bytes: Buffer, path: string): string {
  // A file of UTF-16 begins with its mark, or has a zero byte beside the first letter.
  const start = bytes.subarray(0, 2);
  if (['fffe', 'feff'].includes(start.toString('hex')) || start.includes(0)) {
    throw new ThicketError('DATASET_REFUSED', `${path} is UTF-16: save it as UTF-8`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const sentence = `${path} holds bytes that are not UTF-8: save it as UTF-8`;
    throw new ThicketError('DATASET_REFUSED', sentence, { cause });
  }
}

function innerTokens(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((each) => each !== null && each !== undefined),
  );
}
