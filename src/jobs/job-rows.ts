import { arrayLiteral } from '../store/array-literal.ts';
import type { Sql } from '../store/client.ts';
import type { JobMessage } from './message.ts';

export const JOB_STATES = ['queued', 'processing', 'done', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A job as a client sees it. Times are ISO 8601. */
export interface Job {
  readonly jobId: string;
  readonly status: JobState;
  /** The first outcome's, once the job is done. */
  readonly predictionId: number | null;
  /** Those of all outcomes in the order of the job's rows, once the job is done. */
  readonly predictionIds: readonly number[] | null;
  /** Why the last attempt failed, in one sentence. */
  readonly error: string | null;
  readonly attempt: number;
  readonly model: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A job that a worker has begun: until its lease ends nobody else takes it, but for a redelivery. */
export interface BegunJob extends JobMessage {
  /** 1 at the first one. */
  readonly attempt: number;
}

/** The outcomes of a job that its worker has scored. */
export interface FinishedJob {
  readonly jobId: string;
  readonly predictionIds: readonly number[];
}

export interface FailedJob {
  readonly jobId: string;
  readonly error: string;
}

/** The part of a job's row that a worker needs to run it. */
interface TakenRow {
  readonly job_id: string;
  readonly payload: Record<string, unknown>;
  readonly model_name: string | null;
  readonly attempt: number;
}

/** The states in which a job still has its outcome before it. */
const OPEN = `status in ('queued', 'processing')`;

/**
 * Marks jobs as being worked at, and counts the attempt. A job that another producer sent without a row
 * gets one. Jobs that are settled already are left out: their messages were duplicates.
 */
export async function beginJobs(
  tx: Sql,
  jobs: readonly JobMessage[],
  leaseMs: number,
): Promise<readonly BegunJob[]> {
  const unique = [...new Map(jobs.map((job) => [job.jobId, job])).values()];
  // In one order everywhere: two workers with the same messages then wait, and never for each other.
  unique.sort((a, b) => (a.jobId < b.jobId ? -1 : 1));
  const rows = await tx.unsafe<TakenRow[]>(
    `insert into async_jobs as job (job_id, payload, model_name, status, attempt, next_attempt_at)
     select new.job_id, new.payload, new.model_name, 'processing', 1, now() + $4::float8 * interval '1 ms'
     from unnest($1::text::text[]::uuid[], $2::text::text[]::jsonb[], $3::text::text[])
       as new (job_id, payload, model_name)
     on conflict (job_id) do update
       set status = 'processing', attempt = job.attempt + 1, updated_at = now(),
           next_attempt_at = excluded.next_attempt_at
       where job.${OPEN}
     returning job_id, payload, model_name, attempt`,
    [
      arrayLiteral(unique, ({ jobId }) => jobId),
      arrayLiteral(unique, ({ payload }) => JSON.stringify(payload)),
      arrayLiteral(unique, ({ model }) => model),
      String(leaseMs),
    ],
    { prepare: true },
  );
  return rows.map(begunJob);
}

/** The same for jobs that nobody has been given: the oldest first, and none that another session holds. */
export async function claimJobs(
  sql: Sql,
  limit: number,
  leaseMs: number,
): Promise<readonly BegunJob[]> {
  const rows = await sql.unsafe<TakenRow[]>(
    `update async_jobs set status = 'processing', attempt = attempt + 1, updated_at = now(),
       next_attempt_at = now() + $2::float8 * interval '1 ms'
     where job_id in (
       select job_id from async_jobs
       where status = 'queued' and (next_attempt_at is null or next_attempt_at <= now())
       order by created_at limit $1::int for update skip locked)
     returning job_id, payload, model_name, attempt`,
    [String(limit), String(leaseMs)],
    { prepare: true },
  );
  return rows.map(begunJob);
}

/**
 * Settles jobs that are scored, inside the transaction of their outcomes.
 * @returns The ids of those that nobody had settled before: only their outcomes may be stored.
 */
export async function finishJobs(
  tx: Sql,
  jobs: readonly FinishedJob[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.unsafe<{ job_id: string }[]>(
    `update async_jobs job set status = 'done', error = null, updated_at = now(), next_attempt_at = null,
       prediction_ids = new.ids, prediction_id = new.ids[1]
     from (select job_id, ids::bigint[] from unnest($1::text::text[]::uuid[], $2::text::text[]) as given (job_id, ids)) new
     where job.job_id = new.job_id and job.${OPEN}
     returning job.job_id`,
    [
      arrayLiteral(jobs, ({ jobId }) => jobId),
      arrayLiteral(jobs, ({ predictionIds }) => `{${predictionIds.join(',')}}`),
    ],
    { prepare: true },
  );
  return new Set(rows.map(({ job_id }) => job_id));
}

/** Settles jobs that will never succeed. */
export async function failJobs(sql: Sql, jobs: readonly FailedJob[]): Promise<void> {
  await sql.unsafe(
    `update async_jobs job
     set status = 'failed', dead = true, error = new.error, updated_at = now(), next_attempt_at = null
     from unnest($1::text::text[]::uuid[], $2::text::text[]) as new (job_id, error)
     where job.job_id = new.job_id and job.${OPEN}`,
    [arrayLiteral(jobs, ({ jobId }) => jobId), arrayLiteral(jobs, ({ error }) => error)],
    { prepare: true },
  );
}

/**
 * Lets jobs wait for their next attempt, each for its own time. They are published again when it comes. An
 * attempt that failed for no fault of the job's does not count.
 */
export async function postponeJobs(
  sql: Sql,
  jobs: readonly (FailedJob & { readonly afterMs: number; readonly counts: boolean })[],
): Promise<void> {
  await sql.unsafe(
    `update async_jobs job
     set status = 'queued', error = new.error, updated_at = now(), published_at = null,
       next_attempt_at = now() + new.after_ms::float8 * interval '1 ms',
       attempt = job.attempt - case when new.counts = 'true' then 0 else 1 end
     from unnest($1::text::text[]::uuid[], $2::text::text[], $3::text::text[], $4::text::text[])
       as new (job_id, error, after_ms, counts)
     where job.job_id = new.job_id and job.${OPEN}`,
    [
      arrayLiteral(jobs, ({ jobId }) => jobId),
      arrayLiteral(jobs, ({ error }) => error),
      arrayLiteral(jobs, ({ afterMs }) => String(afterMs)),
      arrayLiteral(jobs, ({ counts }) => String(counts)),
    ],
    { prepare: true },
  );
}

/** Gives back jobs that were begun and not worked at: the attempt does not count. */
export async function releaseJobs(sql: Sql, jobs: readonly BegunJob[]): Promise<void> {
  await sql.unsafe(
    `update async_jobs job set status = 'queued', attempt = job.attempt - 1, next_attempt_at = null,
       updated_at = now()
     from unnest($1::text::text[]::uuid[], $2::text::text[]) as given (job_id, attempt)
     where job.job_id = given.job_id and job.status = 'processing' and job.attempt = given.attempt::int`,
    [
      arrayLiteral(jobs, ({ jobId }) => jobId),
      arrayLiteral(jobs, ({ attempt }) => String(attempt)),
    ],
    { prepare: true },
  );
}

/** Takes back jobs whose worker has been silent for the whole of its lease. @returns How many. */
export async function returnLapsedJobs(sql: Sql, limit: number): Promise<number> {
  const { count } = await sql.unsafe(
    `update async_jobs set status = 'queued', published_at = null, next_attempt_at = null, updated_at = now(),
       error = 'the worker that had the job was lost'
     where job_id in (
       select job_id from async_jobs where status = 'processing' and next_attempt_at <= now()
       order by next_attempt_at limit $1::int for update skip locked)`,
    [String(limit)],
    { prepare: true },
  );
  return count;
}

/**
 * Jobs that no broker is known to keep, the oldest first, held until the transaction ends. Jobs that were
 * published very long ago and that no worker has begun count among them: the broker may have lost them.
 */
export async function unpublishedJobs(
  tx: Sql,
  { limit, graceMs, lostAfterMs }: { limit: number; graceMs: number; lostAfterMs: number },
): Promise<readonly JobMessage[]> {
  const due = `status = 'queued' and (next_attempt_at is null or next_attempt_at <= now())`;
  const rows = await tx.unsafe<TakenRow[]>(
    `(select job_id, payload, model_name, attempt from async_jobs
      where ${due} and published_at is null and updated_at < now() - $2::float8 * interval '1 ms'
      order by created_at limit $1::int for update skip locked)
     union all
     (select job_id, payload, model_name, attempt from async_jobs
      where ${due} and published_at < now() - $3::float8 * interval '1 ms'
      order by published_at limit $1::int for update skip locked)`,
    [String(limit), String(graceMs), String(lostAfterMs)],
    { prepare: true },
  );
  return rows.map(begunJob);
}

/** Jobs that a worker has begun already need no note. */
export async function markPublished(sql: Sql, jobIds: readonly string[]): Promise<void> {
  await sql.unsafe(
    `update async_jobs set published_at = now()
     where job_id = any($1::text::text[]::uuid[]) and status = 'queued'`,
    [arrayLiteral(jobIds, (id) => id)],
    { prepare: true },
  );
}

function begunJob({ job_id, payload, model_name, attempt }: TakenRow): BegunJob {
  return { jobId: job_id, payload, model: model_name, attempt };
}

interface JobRow {
  readonly job_id: string;
  readonly status: JobState;
  readonly prediction_id: number | null;
  readonly prediction_ids: readonly number[] | null;
  readonly error: string | null;
  readonly attempt: number;
  readonly model_name: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Null where there is none of this id for this owner. */
export async function findJob(sql: Sql, jobId: string, owner: string): Promise<Job | null> {
  const [row] = await sql.unsafe<JobRow[]>(
    `select *, to_json(prediction_ids) as prediction_ids from async_jobs
     where job_id = $1::text::uuid and owner = $2`,
    [jobId, owner],
    { prepare: true },
  );
  return row === undefined ? null : jobOf(row);
}

function jobOf(row: JobRow): Job {
  return {
    jobId: row.job_id,
    status: row.status,
    predictionId: row.prediction_id,
    predictionIds: row.prediction_ids,
    error: row.error,
    attempt: row.attempt,
    model: row.model_name,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
