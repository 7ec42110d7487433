import type { RawRow } from '../core/rows.ts';
import type { Sql } from './client.ts';
import { RAW_SUPERSTORE, type RawTable } from './raw-table.ts';

/** A stored raw row: its id, and its columns under the names that a model's fields have. */
export interface IdentifiedRow {
  readonly id: number;
  readonly row: RawRow;
}

/** The rows with these ids, in one query; ids that are not there are not in the map. */
export async function rawRowsByIds(
  sql: Sql,
  ids: readonly number[],
  table: RawTable = RAW_SUPERSTORE,
): Promise<ReadonlyMap<number, RawRow>> {
  // A number that is no id is not there either; Postgres would refuse the whole query for it.
  const asked = ids.filter((id) => Number.isSafeInteger(id));
  const rows = await sql`
    select id, ${columnsOf(sql, table)} from ${sql(table.raw)}
    where id = any(${`{${asked.join(',')}}`}::int8[])`;
  return new Map(rows.map((row) => [row['id'] as number, withoutId(row)]));
}

/** The next rows in the order of their ids, for walking through a whole table. */
export async function rawRowsAfter(
  sql: Sql,
  after: number,
  limit: number,
  table: RawTable = RAW_SUPERSTORE,
): Promise<IdentifiedRow[]> {
  const rows = await sql`
    select id, ${columnsOf(sql, table)} from ${sql(table.raw)}
    where id > ${after}::int8 order by id limit ${limit}::int`;
  return rows.map((row) => ({ id: row['id'] as number, row: withoutId(row) }));
}

export async function countRawRows(sql: Sql, table: RawTable = RAW_SUPERSTORE): Promise<number> {
  const [found] = await sql<{ rows: number }[]>`select count(*) as rows from ${sql(table.raw)}`;
  return found!.rows;
}

function columnsOf(sql: Sql, table: RawTable): ReturnType<Sql> {
  return sql(table.columns.map(({ name }) => name)) as unknown as ReturnType<Sql>;
}

function withoutId(row: Record<string, unknown>): RawRow {
  const { id: _, ...rest } = row;
  return rest;
}
