import { arrayLiteral } from '../array-literal.ts';
import type { Sql } from '../client.ts';
import { copyLine, copyLines, numberText } from '../copy.ts';
import type { Outcome } from './outcome.ts';

/** An outcome on its way into `predictions`. */
export interface OutcomeRow extends Outcome {
  /** ISO 8601. Part of the primary key: a row that is written again must keep it. */
  readonly createdAt: string;
}

interface Column {
  readonly name: string;
  readonly type: 'int8' | 'float8' | 'text' | 'jsonb' | 'uuid' | 'timestamptz';
  readonly value: (row: OutcomeRow) => number | string | null;
}

/** The columns of `predictions`; every way into the table is made of them. */
const COLUMNS: readonly Column[] = [
  { name: 'id', type: 'int8', value: (row) => row.id },
  { name: 'raw_id', type: 'int8', value: (row) => row.rawId },
  { name: 'model_name', type: 'text', value: (row) => row.modelName },
  { name: 'model_version', type: 'text', value: (row) => row.modelVersion },
  { name: 'model_digest', type: 'text', value: (row) => row.modelDigest },
  { name: 'target', type: 'text', value: (row) => row.target },
  { name: 'prediction', type: 'float8', value: (row) => row.prediction },
  { name: 'label', type: 'text', value: (row) => row.label },
  { name: 'outputs', type: 'jsonb', value: (row) => row.outputs },
  { name: 'probabilities', type: 'jsonb', value: (row) => row.probabilities },
  { name: 'scores', type: 'jsonb', value: (row) => row.scores },
  { name: 'request_id', type: 'text', value: (row) => row.requestId },
  { name: 'job_id', type: 'uuid', value: (row) => row.jobId },
  { name: 'run_id', type: 'int8', value: (row) => row.runId },
  { name: 'input', type: 'jsonb', value: (row) => row.input },
  { name: 'created_at', type: 'timestamptz', value: (row) => row.createdAt },
];

const NAMES = COLUMNS.map(({ name }) => name);
const list = (text: (column: Column, parameter: string) => string): string =>
  COLUMNS.map((column, at) => text(column, `$${at + 1}`)).join(', ');

/** Parameters are texts: the client has no other exact form of all these types. */
const INSERT_ONE = `insert into predictions (${NAMES.join(', ')})
  values (${list(({ type }, parameter) => `${parameter}::text::${type}`)})`;
const INSERT_MANY = `insert into predictions (${NAMES.join(', ')})
  select ${list(({ name, type }) => `${name}::${type}`)}
  from unnest(${list((_, parameter) => `${parameter}::text[]`)}) as new (${NAMES.join(', ')})`;
const UNLESS_THERE = 'on conflict (id, created_at) do nothing returning id';

/**
 * Stores outcomes by one statement, which is all or nothing by itself; for few rows it beats COPY, and
 * it says what was wrong with them.
 */
export async function insertOutcomes(sql: Sql, rows: readonly OutcomeRow[]): Promise<void> {
  const { text, parameters } = insertOf(rows);
  const stored = await sql.unsafe(text, parameters, { prepare: true });
  if (stored.count !== rows.length) {
    throw new Error(`INSERT stored ${stored.count} of ${rows.length} rows`);
  }
}

/**
 * The same for rows of which an earlier attempt may have stored some, which are left alone. An attempt
 * whose end is unknown is waited for by the unique index, so that no row comes twice.
 * @returns The ids of the rows that were not there.
 */
export async function insertMissing(
  sql: Sql,
  rows: readonly OutcomeRow[],
): Promise<ReadonlySet<number>> {
  const { text, parameters } = insertOf(rows);
  const inserted = await sql.unsafe<{ id: number }[]>(`${text} ${UNLESS_THERE}`, parameters, {
    prepare: true,
  });
  return new Set(inserted.map(({ id }) => id));
}

function insertOf(rows: readonly OutcomeRow[]): { text: string; parameters: (string | null)[] } {
  const [one] = rows;
  // A set-returning function costs 0.1 ms more than plain values: a third of one row's whole commit.
  if (rows.length === 1 && one !== undefined) {
    return { text: INSERT_ONE, parameters: COLUMNS.map(({ value }) => cellText(value(one))) };
  }
  return { text: INSERT_MANY, parameters: COLUMNS.map(({ value }) => arrayLiteral(rows, value)) };
}

/** Stores outcomes by COPY inside the caller's transaction, which does nothing else with the table. */
export async function copyOutcomes(tx: Sql, rows: readonly OutcomeRow[]): Promise<void> {
  await copyLines(tx, { table: 'predictions', columns: NAMES }, linesOf(rows));
}

function* linesOf(rows: readonly OutcomeRow[]): Generator<string> {
  for (const row of rows) yield copyLine(COLUMNS.map(({ value }) => value(row)));
}

function cellText(value: number | string | null): string | null {
  return typeof value === 'number' ? numberText(value) : value;
}
