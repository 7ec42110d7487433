import { ThicketError } from '../core/errors.ts';
import type { RawRow } from '../core/rows.ts';
import type { Field } from '../schema/fields.ts';
import { isMisfit, isTableAbsent, reasonOf } from '../store/failures.ts';
import { quotedName } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import { fieldSql } from './column-sql.ts';
import type { Dataset } from './dataset.ts';
import { type Selected, selectRows } from './select-rows.ts';
import { requireRawTable } from './tables.ts';

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
  readonly #byIds: string;
  readonly #after: string;
  /** The fields of a row: first those that are selected, in this order. */
  readonly #fields: readonly string[];
  readonly #defaults: readonly unknown[];

  constructor(store: Store, dataset: Dataset, fields: readonly Field[]) {
    const sources = fields.flatMap(({ name }) => sourceOf(dataset, name) ?? []);
    const selected = sources.filter(({ value }) => value !== null);
    const constant = sources.filter(({ value }) => value === null);
    const values = selected.map(({ value }) => value!);
    const key = quotedName(dataset.key);
    this.table = dataset.rawTable;
    this.#store = store;
    this.#byIds = selectRows(dataset, values, `where ${key} = any($1::int8[])`);
    this.#after = selectRows(
      dataset,
      values,
      `where ${key} > $1::int8 order by ${key} limit $2::int`,
    );
    this.#fields = [...selected, ...constant].map(({ name }) => name);
    this.#defaults = [...selected, ...constant].map((source) => source.default);
  }

  /** The rows with these ids, in one query; ids that are not there are not in the map. */
  async byIds(ids: readonly number[]): Promise<ReadonlyMap<number, RawRow>> {
    // A number that is no id is not there either; Postgres would refuse the whole query for it.
    const asked = ids.filter((id) => Number.isSafeInteger(id));
    const rows = await this.#query(this.#byIds, [`{${asked.join(',')}}`]);
    return new Map(rows.map(({ id, row }) => [id, row]));
  }

  /** The next rows in the order of their ids, for walking through a whole table. */
  after(id: number, limit: number): Promise<IdentifiedRow[]> {
    return this.#query(this.#after, [String(id), String(limit)]);
  }

  async #query(text: string, parameters: string[]): Promise<IdentifiedRow[]> {
    const rows = await this.#valuesOf(text, parameters);
    return rows.map(([id, ...values]) => ({
      id: id as number,
      row: Object.fromEntries(
        this.#fields.map((name, at) => [name, values[at] ?? this.#defaults[at]]),
      ),
    }));
  }

  async #valuesOf(text: string, parameters: string[]): Promise<readonly unknown[][]> {
    try {
      return await this.#store.query((sql) =>
        sql.unsafe(text, parameters, { prepare: true }).values(),
      );
    } catch (error) {
      if (isTableAbsent(error)) return []; // It has no rows yet.
      if (!isMisfit(error)) throw error;
      const sentence = `the table ${this.table} is not as the dataset says: ${reasonOf(error)}`;
      throw new ThicketError('STORE_UNAVAILABLE', sentence, { cause: error });
    }
  }
}

/** A field's value in a row: null for its default alone. */
interface Source {
  readonly name: string;
  readonly value: Selected | null;
  readonly default: unknown;
}

function sourceOf(dataset: Dataset, name: string): Source | null {
  const said = dataset.fields.get(name);
  const wanted = said === undefined ? name : said.column;
  const column = dataset.columns.find((each) => each.name === wanted);
  const computed = dataset.processed.find((each) => each.name === wanted);
  const value = column === undefined ? (computed?.formula ?? null) : fieldSql(column);
  if (value === null && said === undefined) return null;
  return { name, value, default: said?.default ?? null };
}

/** @throws {ThicketError} DATASET_REFUSED when there is no raw table yet. */
export async function countRawRows(store: Store, dataset: Dataset): Promise<number> {
  return store.query(async (sql) => {
    await requireRawTable(sql, dataset);
    const table = quotedName(dataset.rawTable);
    const [found] = await sql.unsafe<{ rows: number }[]>(`select count(*) as rows from ${table}`);
    return found!.rows;
  });
}
