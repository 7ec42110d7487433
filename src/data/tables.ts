import { ThicketError } from '../core/errors.ts';
import type { ValueType } from '../formula/formula.ts';
import type { Sql } from '../store/client.ts';
import { isAborted, isDataFault, isMisfit } from '../store/failures.ts';
import { quotedName } from '../store/names.ts';
import { reasonOf } from '../store/reasons.ts';
import { SQL_TYPES } from './column-sql.ts';
import { type Dataset, INGESTED, PROCESSED } from './dataset.ts';

/** With the name of a raw table, the key of an advisory lock: no other session makes tables of that name. */
const TABLES_LOCK = 7_046_323;
/** Columns that a message names: a table of another dataset differs in all of them. */
const DIFFERENCES_NAMED_MAX = 10;

const FORMULA_TYPES: Readonly<Record<ValueType, string>> = {
  number: 'double precision',
  text: 'text',
  truth: 'boolean',
};

/** A table as the dataset describes it. */
interface Shape {
  readonly table: string;
  /** The key of the dataset file that names the table. */
  readonly setting: 'raw_table' | 'processed_table';
  /** Columns by which a table is known as one that Thicket made for a dataset. */
  readonly marks: readonly string[];
  /** The other way out where a table of this name is marked so and differs. */
  readonly dropping: string;
  /** Numbered by Postgres. */
  readonly key: string;
  /** Types by name. */
  readonly columns: ReadonlyMap<string, string>;
  /** The rest of a column's definition, besides its type. */
  readonly constraints: Readonly<Record<string, string>>;
}

/** A column as the database has it. */
interface FoundColumn {
  readonly name: string;
  readonly type: string;
  readonly filled: boolean;
  readonly needed: boolean;
}

/**
 * Makes both tables of a dataset where they are not there yet, inside the caller's transaction. A second
 * caller waits for the first one's commit and then finds them.
 * @throws {ThicketError} DATASET_REFUSED for a table that is there and is another.
 */
export async function ensureTables(tx: Sql, dataset: Dataset): Promise<void> {
  const shapes = [rawShape(dataset), processedShape(dataset)];
  const absent = await absentOf(tx, dataset, shapes);
  if (absent.length === 0) return;
  await tx`select pg_advisory_xact_lock(${TABLES_LOCK}, hashtext(${dataset.rawTable}))`;
  for (const shape of await absentOf(tx, dataset, absent)) await makeTable(tx, shape);
}

/** @throws {ThicketError} DATASET_REFUSED when there is no raw table yet. */
export async function requireRawTable(sql: Sql, { rawTable }: Dataset): Promise<void> {
  if ((await columnsOf(sql, rawTable)) !== null) return;
  const sentence = `there is no table ${rawTable} yet: thicket ingest makes it`;
  throw new ThicketError('DATASET_REFUSED', sentence);
}

/** The tables that are not there; those that are must be as described. */
async function absentOf(
  sql: Sql,
  dataset: Dataset,
  shapes: readonly Shape[],
): Promise<readonly Shape[]> {
  const absent: Shape[] = [];
  for (const shape of shapes) {
    const found = await columnsOf(sql, shape.table);
    if (found === null) absent.push(shape);
    else refuseAnother(dataset, shape, found);
  }
  return absent;
}

/** By name, not by `to_regclass`: after a wait for a lock that still knows an absent table as absent. */
async function columnsOf(sql: Sql, table: string): Promise<readonly FoundColumn[] | null> {
  const found = await sql<(FoundColumn & { kind: string })[]>`
    select c.relkind as kind, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
      a.atthasdef or a.attidentity <> '' as filled, a.attnotnull as needed
    from pg_class c left join pg_attribute a
      on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relname = ${table} and pg_table_is_visible(c.oid)`;
  if (found.length === 0) return null;
  // Plain and partitioned ones; rows cannot be copied into the other kinds.
  if (!'rp'.includes(found[0]!.kind)) {
    throw new ThicketError('DATASET_REFUSED', `${table} is there already, and is no table`);
  }
  return found;
}

function refuseAnother(dataset: Dataset, shape: Shape, found: readonly FoundColumn[]): void {
  const differences = differencesOf(shape, found);
  if (differences.length === 0) return;
  const named = differences.slice(0, DIFFERENCES_NAMED_MAX).join('; ');
  const more = differences.length - DIFFERENCES_NAMED_MAX;
  throw new ThicketError(
    'DATASET_REFUSED',
    `the table ${shape.table} is not as the dataset ${dataset.name} describes it: ${named}` +
      `${more > 0 ? ` and ${more} more` : ''}. ${adviceFor(shape, found)}`,
  );
}

/** A stranger's table is never to be dropped: its rows are nowhere else. */
function adviceFor({ setting, marks, dropping }: Shape, found: readonly FoundColumn[]): string {
  const names = new Set(found.map(({ name }) => name));
  const isOfDataset = marks.every((mark) => names.has(mark));
  return `Name another ${setting} in the dataset file${isOfDataset ? `, or ${dropping}` : ''}`;
}

function differencesOf({ key, columns }: Shape, found: readonly FoundColumn[]): readonly string[] {
  const byName = new Map(found.map((column) => [column.name, column]));
  const described = [...columns].flatMap(([name, type]) => {
    const column = byName.get(name);
    if (column === undefined) return [`it lacks ${quotedName(name)}`];
    if (column.type !== type) return [`${quotedName(name)} is ${column.type}, not ${type}`];
    return name === key && !column.filled
      ? [`${quotedName(name)} is not numbered by Postgres`]
      : [];
  });
  const strange = found
    .filter(({ name, needed, filled }) => !columns.has(name) && needed && !filled)
    .map(({ name }) => `${quotedName(name)} may not be null, and the dataset has no such column`);
  return [...described, ...strange];
}

function rawShape({ rawTable: table, key, columns }: Dataset): Shape {
  return {
    table,
    key,
    columns: new Map([
      [key, 'bigint'],
      ...columns.map(({ name, type }) => [name, SQL_TYPES[type]] as const),
      ...Object.entries(INGESTED),
    ]),
    setting: 'raw_table',
    marks: Object.keys(INGESTED),
    dropping: 'drop this one with its rows',
    constraints: { ingested_at: 'not null default now()' },
  };
}

function processedShape({ processedTable: table, key, columns, processed }: Dataset): Shape {
  const { raw_id, processed_at } = PROCESSED;
  return {
    table,
    key,
    columns: new Map([
      [key, 'bigint'],
      ['raw_id', raw_id],
      ...columns.map(({ name, type }) => [name, SQL_TYPES[type]] as const),
      ...processed.map(({ name, formula }) => [name, FORMULA_TYPES[formula.type]] as const),
      ['processed_at', processed_at],
    ]),
    setting: 'processed_table',
    marks: ['raw_id'],
    dropping: 'drop this one: process makes it again',
    constraints: { raw_id: 'not null unique', processed_at: 'not null default now()' },
  };
}

async function makeTable(tx: Sql, { table, key, columns, constraints }: Shape): Promise<void> {
  const definitions = [...columns].map(([name, type]) => {
    const more = name === key ? 'generated by default as identity primary key' : constraints[name];
    return [quotedName(name), type, more ?? ''].join(' ');
  });
  await tx.unsafe(`create table ${quotedName(table)} (${definitions.join(', ')})`);
}

/** A statement on a dataset's table that Postgres refuses, as one known error; other errors stay as they are. */
export function asRefusal(error: unknown, table: string): unknown {
  if (isMisfit(error)) {
    const sentence = `the table ${table} cannot be written: ${reasonOf(error)}`;
    return new ThicketError('DATASET_REFUSED', sentence, { cause: error });
  }
  if (!isDataFault(error) && !isAborted(error)) return error;
  // The client keeps the reason of a refused COPY to itself; see copyLines.
  const reason = isAborted(error) ? "the server's log has the reason" : reasonOf(error);
  const sentence = `Postgres refuses a row of ${table}, and nothing was stored: ${reason}`;
  return new ThicketError('TABLE_REFUSED', sentence, { cause: error });
}
