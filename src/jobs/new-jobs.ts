import { arrayLiteral } from '../store/array-literal.ts';
import type { Sql } from '../store/client.ts';
import type { RequestKey } from '../store/outcomes/reply-keys.ts';
import type { JobMessage } from './message.ts';

export interface NewJob extends JobMessage {
  readonly owner: string;
  /** Of a client that may send the same job again. */
  readonly key: RequestKey | null;
}

/** The job that stands under a key. */
export interface KeyedJob {
  readonly jobId: string;
  readonly sha256: string;
}

/**
 * Inserts jobs by one statement. A job whose key is taken is left out: the same key in a transaction that
 * goes on elsewhere is waited for.
 * @returns The ids of those that are new.
 */
export async function insertJobs(tx: Sql, jobs: readonly NewJob[]): Promise<ReadonlySet<string>> {
  const rows = await tx.unsafe<{ job_id: string }[]>(
    `insert into async_jobs (job_id, payload, model_name, owner, idempotency_key, body_sha256)
     select job_id, payload, model_name, owner, idempotency_key, body_sha256
     from unnest($1::text::text[]::uuid[], $2::text::text[]::jsonb[], $3::text::text[], $4::text::text[], $5::text::text[], $6::text::text[])
       as new (job_id, payload, model_name, owner, idempotency_key, body_sha256)
     on conflict do nothing
     returning job_id`,
    [
      arrayLiteral(jobs, ({ jobId }) => jobId),
      arrayLiteral(jobs, ({ payload }) => JSON.stringify(payload)),
      arrayLiteral(jobs, ({ model }) => model),
      arrayLiteral(jobs, ({ owner }) => owner),
      arrayLiteral(jobs, ({ key }) => key?.key ?? null),
      arrayLiteral(jobs, ({ key }) => key?.sha256 ?? null),
    ],
    { prepare: true },
  );
  return new Set(rows.map(({ job_id }) => job_id));
}

/** The jobs under the keys of these; every key is taken. */
export async function findByKeys(
  tx: Sql,
  jobs: readonly NewJob[],
): Promise<ReadonlyMap<NewJob, KeyedJob>> {
  const rows = await tx.unsafe<KeyedRow[]>(
    `select job_id, owner, idempotency_key, body_sha256 from async_jobs
     where (owner, idempotency_key) in (select * from unnest($1::text::text[], $2::text::text[]))`,
    [arrayLiteral(jobs, ({ owner }) => owner), arrayLiteral(jobs, ({ key }) => key!.key)],
    { prepare: true },
  );
  const found = new Map(rows.map((row) => [placeOf(row.owner, row.idempotency_key), row]));
  return new Map(
    jobs.flatMap((job) => {
      const row = found.get(placeOf(job.owner, job.key!.key));
      return row === undefined
        ? []
        : [[job, { jobId: row.job_id, sha256: row.body_sha256 }] as const];
    }),
  );
}

interface KeyedRow {
  readonly job_id: string;
  readonly owner: string;
  readonly idempotency_key: string;
  readonly body_sha256: string;
}

function placeOf(owner: string, key: string): string {
  return JSON.stringify([owner, key]);
}
