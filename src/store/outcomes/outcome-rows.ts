import type postgres from 'postgres';

import type { Sql } from '../client.ts';
import { copyLine, copyLines, numberText } from '../copy.ts';
import type { Outcome } from './outcome.ts';

/** An outcome on its way into `predictions`. */
export interface OutcomeRow extends Outcome {
  /** ISO 8601. Part of the primary key: a row that is written again must keep it. */
  readonly createdAt: string;
}

const COLUMNS = [
  'id',
  'raw_id',
  'model_name',
  'model_version',
  'target',
  'prediction',
  'label',
  'probabilities',
  'request_id',
  'job_id',
  'input',
  'created_at',
] as const;

/**
 * Stores outcomes by one statement, which is all or nothing by itself; for few rows it beats COPY, and
 * it says what was wrong with them. With `again`, rows that are there already are left alone: an
 * earlier attempt whose end is unknown is waited for by the unique index, so that no row comes twice.
 */
export async function insertOutcomes(
  sql: Sql,
  rows: readonly OutcomeRow[],
  again = false,
): Promise<void> {
  const onConflict = again ? sql`on conflict (id, created_at) do nothing` : sql``;
  const columns = sql.unsafe(COLUMNS.join(', '));
  // A set-returning function costs 0.1 ms more than plain values: a third of one row's whole commit.
  const source = rows.length === 1 ? valuesOf(sql, rows[0]!) : unnestOf(sql, rows);
  const stored = await sql`insert into predictions (${columns}) ${source} ${onConflict}`;
  if (!again && stored.count !== rows.length) {
    throw new Error(`INSERT stored ${stored.count} of ${rows.length} rows`);
  }
}

type Fragment = ReturnType<Sql['unsafe']> | postgres.PendingQuery<postgres.Row[]>;

function valuesOf(sql: Sql, row: OutcomeRow): Fragment {
  return sql`values (${row.id}::int8, ${row.rawId}::int8, ${row.modelName}, ${row.modelVersion},
    ${row.target}, ${row.prediction === null ? null : numberText(row.prediction)}::text::float8, ${row.label},
    ${row.probabilities}::text::jsonb, ${row.requestId}, ${row.jobId}::uuid,
    ${row.input}::text::jsonb, ${row.createdAt}::text::timestamptz)`;
}

function unnestOf(sql: Sql, rows: readonly OutcomeRow[]): Fragment {
  const text = (values: (row: OutcomeRow) => string | null): string => textArray(rows, values);
  return sql`select id, raw_id, model_name, model_version, target, prediction, label,
      probabilities::jsonb, request_id, job_id, input::jsonb, created_at
    from unnest(
      ${numberArray(rows, (row) => row.id)}::int8[],
      ${numberArray(rows, (row) => row.rawId)}::int8[],
      ${text((row) => row.modelName)}::text[],
      ${text((row) => row.modelVersion)}::text[],
      ${text((row) => row.target)}::text[],
      ${numberArray(rows, (row) => row.prediction)}::float8[],
      ${text((row) => row.label)}::text[],
      ${text((row) => row.probabilities)}::text[],
      ${text((row) => row.requestId)}::text[],
      ${text((row) => row.jobId)}::uuid[],
      ${text((row) => row.input)}::text[],
      ${text((row) => row.createdAt)}::timestamptz[]
    ) as new (${sql.unsafe(COLUMNS.join(', '))})`;
}

/** Stores outcomes by COPY inside the caller's transaction, which does nothing else with the table. */
export async function copyOutcomes(tx: Sql, rows: readonly OutcomeRow[]): Promise<void> {
  await copyLines(tx, { table: 'predictions', columns: COLUMNS }, linesOf(rows));
}

function* linesOf(rows: readonly OutcomeRow[]): Generator<string> {
  for (const row of rows) {
    yield copyLine([
      row.id,
      row.rawId,
      row.modelName,
      row.modelVersion,
      row.target,
      row.prediction,
      row.label,
      row.probabilities,
      row.requestId,
      row.jobId,
      row.input,
      row.createdAt,
    ]);
  }
}

function numberArray<Row>(rows: readonly Row[], value: (row: Row) => number | null): string {
  let text = '{';
  for (let at = 0; at < rows.length; at++) {
    const number = value(rows[at]!);
    text += `${at === 0 ? '' : ','}${number === null ? 'NULL' : numberText(number)}`;
  }
  return `${text}}`;
}

const QUOTED = /["\\]/g;

function textArray<Row>(rows: readonly Row[], value: (row: Row) => string | null): string {
  let text = '{';
  for (let at = 0; at < rows.length; at++) {
    const each = value(rows[at]!);
    if (at > 0) text += ',';
    text += each === null ? 'NULL' : `"${each.replace(QUOTED, '\\$&')}"`;
  }
  return `${text}}`;
}
