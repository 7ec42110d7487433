import type { RawRow } from '../core/rows.ts';
import type { Field } from '../schema/fields.ts';
import { quotedName } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import type { Dataset } from './dataset.ts';

/** A stored raw row: its id, and its values under the names of the model's fields. */
export interface IdentifiedRow {
  readonly id: number;
  readonly row: RawRow;
}

/** The raw rows of a dataset as rows of one model: they have the fields that the dataset knows. */
export class RawRows {
  /** The name of the raw table, for messages. */
  readonly table: string;
  readonly #store: Store;
  readonly #fields: readonly string[];
  readonly #select: string;
  readonly #key: string;

  constructor(store: Store, dataset: Dataset, fields: readonly Field[]) {
    const columns = new Set(dataset.columns.map(({ name }) => name));
    this.table = dataset.rawTable;
    this.#store = store;
    this.#fields = fields.map(({ name }) => name).filter((name) => columns.has(name));
    this.#key = quotedName(dataset.key);
    const selected = [this.#key, ...this.#fields.map(quotedName)];
    this.#select = `select ${selected.join(', ')} from ${quotedName(dataset.rawTable)}`;
  }

  /** The rows with these ids, in one query; ids that are not there are not in the map. */
  async byIds(ids: readonly number[]): Promise<ReadonlyMap<number, RawRow>> {
    // A number that is no id is not there either; Postgres would refuse the whole query for it.
    const asked = ids.filter((id) => Number.isSafeInteger(id));
    const rows = await this.#query(`where ${this.#key} = any($1::int8[])`, [
      `{${asked.join(',')}}`,
    ]);
    return new Map(rows.map(({ id, row }) => [id, row]));
  }

  /** The next rows in the order of their ids, for walking through a whole table. */
  after(id: number, limit: number): Promise<IdentifiedRow[]> {
    const condition = `where ${this.#key} > $1::int8 order by ${this.#key} limit $2::int`;
    return this.#query(condition, [String(id), String(limit)]);
  }

  async #query(condition: string, parameters: string[]): Promise<IdentifiedRow[]> {
    const rows = await this.#store.query((sql) =>
      sql.unsafe(`${this.#select} ${condition}`, parameters, { prepare: true }).values(),
    );
    return rows.map(([id, ...values]) => ({
      id: id as number,
      row: Object.fromEntries(this.#fields.map((name, at) => [name, values[at]])),
    }));
  }
}

export async function countRawRows(store: Store, dataset: Dataset): Promise<number> {
  const [found] = await store.query((sql) =>
    sql.unsafe<{ rows: number }[]>(`select count(*) as rows from ${quotedName(dataset.rawTable)}`),
  );
  return found!.rows;
}
