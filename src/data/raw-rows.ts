import { ThicketError } from '../core/errors.ts';
import type { RawValues } from '../core/rows.ts';
import type { Field } from '../schema/fields.ts';
import { isMisfit, isTableAbsent } from '../store/failures.ts';
import { reasonOf } from '../store/reasons.ts';
import { quotedName } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import { fieldSql } from './column-sql.ts';
import type { Dataset } from './dataset.ts';
import { type Selected, selectRows } from './select-rows.ts';
import { requireRawTable } from './tables.ts';

/** A stored raw row: its id, and its values in the order of the model's fields. */
export interface IdentifiedRow {
  readonly id: number;
  readonly values: RawValues;
}

/** The raw rows of a dataset as rows of one model: without those of its fields that the dataset does not know. */
export class RawRows {
  /** The name of the raw table, for messages. */
  readonly table: string;
  readonly #store: Store;
  readonly #byIds: string;
  readonly #after: string;
  /** Places of number fields that get truth values: a number column of a table takes true for 1, too. */
  readonly #truths: readonly number[];
  /** Values that stand in for a null, by the place of their field. */
  readonly #defaults: readonly { readonly at: number; readonly value: unknown }[];

  constructor(store: Store, dataset: Dataset, fields: readonly Field[]) {
    const sources = fields.map(({ name }) => sourceOf(dataset, name));
    const values = sources.map(({ value }) => value ?? 'null');
    const key = quotedName(dataset.key);
    this.table = dataset.rawTable;
    this.#store = store;
    this.#byIds = selectRows(dataset, values, `where ${key} = any($1::int8[])`);
    this.#after = selectRows(
      dataset,
      values,
      `where ${key} > $1::int8 order by ${key} limit $2::int`,
    );
    this.#truths = sources.flatMap(({ isTruth }, at) =>
      isTruth && fields[at]!.type === 'number' ? [at] : [],
    );
    this.#defaults = sources.flatMap((source, at) =>
      source.default === null ? [] : [{ at, value: source.default }],
    );
  }

  /** The rows with these ids, in one query; ids that are not there are not in the map. */
  async byIds(ids: readonly number[]): Promise<ReadonlyMap<number, RawValues>> {
    // A number that is no id is not there either; Postgres would refuse the whole query for it.
    const asked = ids.filter((id) => Number.isSafeInteger(id));
    const rows = await this.#query(this.#byIds, [`{${asked.join(',')}}`]);
    return new Map(rows.map(({ id, values }) => [id, values]));
  }

  /** The next rows in the order of their ids, for walking through a whole table. */
  after(id: number, limit: number): Promise<IdentifiedRow[]> {
    return this.#query(this.#after, [String(id), String(limit)]);
  }

  async #query(text: string, parameters: string[]): Promise<IdentifiedRow[]> {
    const rows = await this.#valuesOf(text, parameters);
    return rows.map((values) => {
      const id = values.shift() as number; // The rest stands as it came: no copy is made of a row.
      for (const { at, value } of this.#defaults) values[at] ??= value;
      for (const at of this.#truths) values[at] = asNumber(values[at]);
      return { id, values };
    });
  }

  async #valuesOf(text: string, parameters: string[]): Promise<unknown[][]> {
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

/** A field's value in a row. */
interface Source {
  /** Null: the default alone. */
  readonly value: Selected | null;
  /** The value is true or false, as a column or by its formula. */
  readonly isTruth: boolean;
  /** Null: none. Undefined: the dataset does not know the field. */
  readonly default: unknown;
}

function asNumber(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}

function sourceOf(dataset: Dataset, name: string): Source {
  const said = dataset.fields.get(name);
  const wanted = said === undefined ? name : said.column;
  const column = dataset.columns.find((each) => each.name === wanted);
  const computed = dataset.processed.find((each) => each.name === wanted);
  const value = column === undefined ? (computed?.formula ?? null) : fieldSql(column);
  const isTruth =
    column === undefined ? computed?.formula.type === 'truth' : column.type === 'boolean';
  if (value === null && said === undefined) return { value, isTruth, default: undefined };
  return { value, isTruth, default: said?.default ?? null };
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
