import { isMap, isScalar, isSeq, type ParsedNode, type Scalar } from 'yaml';

import { TEXT_CHARACTERS_MAX } from '../../schema/validate.ts';
import type { YamlFile } from './yaml-file.ts';

/** A value and the position where the file has it. */
export interface Placed<Value> {
  readonly value: Value;
  readonly at: number;
}

export type Plain = string | number | boolean;

/** A mapping of which every key is known, so that a mistyped one is not passed over. */
export class Mapping {
  readonly at: number;
  readonly #file: YamlFile;
  readonly #what: string;
  readonly #values = new Map<string, ParsedNode>();

  constructor(file: YamlFile, node: ParsedNode, what: string, keys: readonly string[]) {
    this.at = node.range[0];
    this.#file = file;
    this.#what = what;
    if (!isMap(node)) file.refuse(`${what} must be a mapping with the keys ${list(keys)}`, this.at);
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (!keys.includes(name)) {
        const sentence = `${what} has no key ${JSON.stringify(name)}; its keys are ${list(keys)}`;
        file.refuse(sentence, key.range[0]);
      }
      // A key without a value says nothing, as if it were not there.
      if (value !== null && !(isScalar(value) && value.value === null))
        this.#values.set(name, value);
    }
  }

  /** @throws {ThicketError} DATASET_REFUSED when there is nothing under this key. */
  needed<Value>(key: string, value: Value | null): Value {
    if (value === null) this.#file.refuse(`${this.#what} lacks ${key}`, this.at);
    return value;
  }

  text(key: string): Placed<string> | null {
    const scalar = this.#scalar(key);
    if (scalar === null) return null;
    if (typeof scalar.value === 'string') return { value: scalar.value, at: scalar.at };
    const text = JSON.stringify(String(scalar.value));
    return this.#file.refuse(`${key} must be a text: write ${text} in quotes`, scalar.at);
  }

  flag(key: string): Placed<boolean> | null {
    const scalar = this.#scalar(key);
    if (scalar === null) return null;
    if (typeof scalar.value === 'boolean') return { value: scalar.value, at: scalar.at };
    return this.#file.refuse(`${key} must be true or false`, scalar.at);
  }

  /** A value that a field may have. */
  plain(key: string): Placed<Plain> | null {
    const scalar = this.#scalar(key);
    if (scalar === null) return null;
    const { value, at } = scalar;
    if (typeof value === 'boolean') return { value, at };
    if (typeof value === 'number' && Number.isFinite(value)) return { value, at };
    if (typeof value === 'string' && value.length <= TEXT_CHARACTERS_MAX) return { value, at };
    return this.#file.refuse(`${key} must be a finite number, a text, true or false`, at);
  }

  /** The scalar itself, for the place of each of its characters. */
  scalar(key: string): Scalar.Parsed | null {
    const node = this.#values.get(key);
    return node !== undefined && isScalar(node) ? node : null;
  }

  /** The entries of a list; none where the key is absent. */
  entries(key: string, entriesMax: number): readonly ParsedNode[] {
    const node = this.#values.get(key);
    if (node === undefined) return [];
    const at = node.range[0];
    if (!isSeq(node)) this.#file.refuse(`${key} must be a list`, at);
    const { items } = node as unknown as { readonly items: readonly ParsedNode[] };
    if (items.length > entriesMax) {
      this.#file.refuse(`${key} has ${items.length} entries, and ${entriesMax} are the most`, at);
    }
    return items;
  }

  texts(key: string, entriesMax: number): readonly Placed<string>[] {
    return this.entries(key, entriesMax).map((node) => {
      const at = node.range[0];
      if (isScalar(node) && typeof node.value === 'string') return { value: node.value, at };
      return this.#file.refuse(`${key} must be a list of texts: write each in quotes`, at);
    });
  }

  #scalar(key: string): Placed<unknown> | null {
    const node = this.#values.get(key);
    if (node === undefined) return null;
    const at = node.range[0];
    if (!isScalar(node)) this.#file.refuse(`${key} must be a single value`, at);
    return { value: node.value, at };
  }
}

function list(keys: readonly string[]): string {
  return keys.join(', ');
}
