import { INGESTED, PROCESSED } from '../dataset.ts';
import { NAME_BYTES_MAX } from './bounds.ts';
import type { Placed } from './mapping.ts';
import type { YamlFile } from './yaml-file.ts';

/** Columns that Postgres itself gives every table. */
const SYSTEM_COLUMNS = ['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'];

/** Refuses what Postgres cannot take as a name, however it is quoted. */
export function checkedName(file: YamlFile, what: string, { value, at }: Placed<string>): string {
  if (value.trim() === '') file.refuse(`${what} is empty: give it a name`, at);
  if (Buffer.byteLength(value) > NAME_BYTES_MAX) {
    file.refuse(`${what} is longer than the ${NAME_BYTES_MAX} bytes of a name in Postgres`, at);
  }
  if (value.includes('\0') || !value.isWellFormed()) {
    file.refuse(`${what} holds a character that no name in Postgres has`, at);
  }
  return value;
}

/** The names of both tables' columns: each once, and none that the tables have already. */
export class ColumnNames {
  readonly #file: YamlFile;
  readonly #taken: Map<string, string>;

  constructor(file: YamlFile) {
    this.#file = file;
    const own = [...Object.keys(INGESTED), ...Object.keys(PROCESSED)];
    this.#taken = new Map([
      ...own.map((name) => [name, 'the tables have a column of this name already'] as const),
      ...SYSTEM_COLUMNS.map((name) => [name, 'Postgres keeps this name for itself'] as const),
    ]);
  }

  take(name: Placed<string>, reason = 'another column has it'): string {
    const value = checkedName(this.#file, 'the name of the column', name);
    const taken = this.#taken.get(value);
    if (taken !== undefined) {
      this.#file.refuse(`${JSON.stringify(value)} cannot name a column: ${taken}`, name.at);
    }
    this.#taken.set(value, reason);
    return value;
  }
}
