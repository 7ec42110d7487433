import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ThicketError } from '../../src/core/errors.ts';
import type { Sql } from '../../src/store/client.ts';
import type { Guard } from '../../src/store/outcomes/guard.ts';
import type { OutcomeRow } from '../../src/store/outcomes/outcome-rows.ts';
import { OutcomeWriter } from '../../src/store/outcomes/outcome-writer.ts';
import { INSERT_ROWS_MAX } from '../../src/store/outcomes/store-groups.ts';
import type { Store } from '../../src/store/store.ts';
import { draft, storedPredictions } from '../support/outcomes.ts';
import {
  COMMIT_MS_MAX,
  quietLog,
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let postgres: TestPostgres;
let store: Store;
let writer: OutcomeWriter;
let commits = 0;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
}, STORE_READY_MS_MAX);
afterAll(async () => {
  await store.stop();
  await postgres.stop();
});
beforeEach(async () => {
  await store.query((sql) => sql`truncate predictions, async_jobs`);
  commits = 0;
  writer = await startWriter(store);
});
afterEach(() => writer.stop());

async function startWriter(over: Store): Promise<OutcomeWriter> {
  const observer = {
    committed: () => void commits++,
    failed: () => {},
    waiting: () => {},
  };
  const options = {
    store: over,
    log: quietLog,
    rowsMax: 10_000,
    deadlineMs: COMMIT_MS_MAX,
    observer,
  };
  const started = new OutcomeWriter(options);
  await started.start();
  return started;
}

async function newJobs(count: number, status = 'queued'): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await store.query(
    (sql) => sql`insert into async_jobs (job_id, status, payload)
      select unnest(${`{${ids.join(',')}}`}::text::uuid[]), ${status}, '{}'`,
  );
  return ids;
}

/** As the worker finishes jobs: those that nobody has finished before keep their outcome. */
async function finishJobs(tx: Sql, rows: readonly OutcomeRow[]): Promise<readonly OutcomeRow[]> {
  const jobs = `{${rows.map(({ jobId }) => jobId).join(',')}}`;
  const ids = `{${rows.map(({ id }) => id).join(',')}}`;
  const finished = await tx<{ job_id: string }[]>`
    update async_jobs as job set status = 'done', prediction_id = outcome.id, updated_at = now()
    from unnest(${jobs}::text::uuid[], ${ids}::text::int8[]) as outcome (job_id, id)
    where job.job_id = outcome.job_id and status in ('queued', 'processing')
    returning job.job_id`;
  const kept = new Set(finished.map((row) => row.job_id));
  return rows.filter(({ jobId }) => kept.has(jobId!));
}

const draftsOf = (jobs: readonly string[]) => jobs.map((jobId, at) => draft(at, { jobId }));

interface Job {
  readonly job_id: string;
  readonly status: string;
  readonly prediction_id: number | null;
  readonly transaction: string;
}

const jobsById = async (): Promise<ReadonlyMap<string, Job>> => {
  const rows = await store.query(
    (sql) => sql<Job[]>`
      select job_id, status, prediction_id, xmin::text as transaction from async_jobs`,
  );
  return new Map(rows.map((row) => [row.job_id, row]));
};

/** A guard gives up where the other worker holds its job for long; its caller then tries again. */
async function finishJob(
  by: OutcomeWriter,
  job: string,
  at: number,
): Promise<readonly (number | null)[]> {
  for (;;) {
    try {
      return await by.writeGuarded([draft(at, { jobId: job })], finishJobs);
    } catch (error) {
      if (!(error instanceof ThicketError) || error.code !== 'STORE_UNAVAILABLE') throw error;
    }
  }
}

describe('outcomes and their jobs', () => {
  test.each([1, 3, INSERT_ROWS_MAX + 44])('are one transaction, %i at once', async (count) => {
    const jobs = await newJobs(count);
    const ids = await writer.writeGuarded(draftsOf(jobs), finishJobs);
    const found = await jobsById();
    expect(jobs.map((job) => found.get(job))).toMatchObject(
      ids.map((id) => ({ status: 'done', prediction_id: id })),
    );
    const rows = await store.query(
      (sql) => sql`select id, job_id, xmin::text as transaction from predictions order by id`,
    );
    expect(rows.map((row) => [row['id'], row['job_id']])).toEqual(
      jobs.map((job, at) => [ids[at], job]),
    );
    const transactions = [...rows, ...found.values()].map((row) => row['transaction'] as string);
    expect(new Set(transactions).size).toBe(1);
  });

  test('a job that is finished already has no second outcome', async () => {
    const [open, done] = [await newJobs(1), await newJobs(1, 'done')];
    const ids = await writer.writeGuarded(draftsOf([done[0]!, open[0]!]), finishJobs);
    expect(ids).toEqual([null, expect.any(Number)]);
    expect([...(await storedPredictions(store)).keys()]).toEqual([ids[1]]);
    expect(await writer.writeGuarded(draftsOf(open), finishJobs)).toEqual([null]);
    expect((await storedPredictions(store)).size).toBe(1);
  });

  test('roll back together when the server refuses an outcome', async () => {
    const jobs = await newJobs(2);
    const [good, bad] = draftsOf(jobs);
    const written = writer.writeGuarded([good!, { ...bad!, label: 'a\0b' }], finishJobs);
    await expect(written).rejects.toMatchObject({ code: 'ROW_INVALID' });
    expect((await storedPredictions(store)).size).toBe(0);
    const statuses = Array.from((await jobsById()).values(), ({ status }) => status);
    expect(statuses).toEqual(['queued', 'queued']);
  });

  test('of two workers with the same jobs, each job has one outcome', async () => {
    const jobs = await newJobs(200);
    const other = await startWriter(store);
    const written = await Promise.all(
      jobs.flatMap((job, at) => [writer, other].map((each) => finishJob(each, job, at))),
    );
    const [counted] = await store.query(
      (sql) =>
        sql`select count(*)::int as rows, count(distinct job_id)::int as jobs from predictions`,
    );
    expect(counted).toEqual({ rows: 200, jobs: 200 });
    expect(written.flat().filter((id) => id !== null)).toHaveLength(200);
    await other.stop();
  });
});

describe('a guard that fails costs only its own caller', () => {
  const failures: readonly { name: string; guard: Guard; error: unknown }[] = [
    {
      name: 'by an error of its own',
      guard: () => Promise.reject(new Error('a bug')),
      error: { message: 'a bug' },
    },
    {
      name: 'by a constraint',
      guard: async (tx, rows) => {
        await tx`update async_jobs set status = 'lost'`;
        return rows;
      },
      error: { code: 'ROW_INVALID', message: expect.stringContaining('async_jobs_status_check') },
    },
    {
      name: 'by an error of the server that it swallows',
      guard: async (tx, rows) => {
        await tx`select nonsense`.catch(() => {});
        return rows;
      },
      error: { message: expect.stringContaining('current transaction is aborted') },
    },
  ];

  test.each(failures)('$name', async ({ guard, error }) => {
    const jobs = await newJobs(40);
    const writes = jobs.map((jobId, at) =>
      writer.writeGuarded([draft(at, { jobId })], async (tx, rows) => {
        const kept = await finishJobs(tx, rows); // Its effect goes with the failure.
        return at === 17 ? guard(tx, rows) : kept;
      }),
    );
    const plain = Array.from({ length: 40 }, (_, at) => writer.write([draft(100 + at)], 'stored'));
    const settled = await Promise.allSettled(writes);
    await Promise.all(plain);
    expect(settled[17]).toMatchObject({ status: 'rejected', reason: error });
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(39);
    expect((await storedPredictions(store)).size).toBe(79);
    const open = Array.from((await jobsById()).values()).filter(({ status }) => status !== 'done');
    expect(open.map(({ job_id: id }) => id)).toEqual([jobs[17]]);
    expect(commits).toBeLessThan(10); // They were neighbours.
  });

  test('by waiting too long for a row that somebody else has locked', async () => {
    const [locked, free] = await newJobs(2);
    await store.transaction(async (tx) => {
      await tx`select from async_jobs where job_id = ${locked!} for update`;
      const [waiting, neighbour] = await Promise.allSettled([
        writer.writeGuarded(draftsOf([locked!]), finishJobs),
        writer.writeGuarded(draftsOf([free!]), finishJobs),
      ]);
      expect(waiting).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
      expect(neighbour).toMatchObject({ status: 'fulfilled' });
    });
    expect((await jobsById()).get(locked!)).toMatchObject({ status: 'queued' });
    expect(await writer.writeGuarded(draftsOf([locked!]), finishJobs)).toEqual([
      expect.any(Number),
    ]);
  });
});

describe('a connection that is lost', () => {
  test('between the guard and the commit: nothing of it stays, and the next attempt stores all', async () => {
    const jobs = await newJobs(3);
    let runs = 0;
    const ids = await writer.writeGuarded(draftsOf(jobs), async (tx, rows) => {
      const kept = await finishJobs(tx, rows);
      if (runs++ === 0) await tx`select pg_terminate_backend(pg_backend_pid())`;
      return kept;
    });
    expect(runs).toBe(2);
    expect(ids).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
    expect((await storedPredictions(store)).size).toBe(3);
    const found = await jobsById();
    expect(jobs.map((job) => found.get(job)!.prediction_id)).toEqual(ids);
  });

  test.each([1, 3, INSERT_ROWS_MAX + 44])(
    'after the commit: it is not done twice, and reported as it was, %i at once',
    async (count) => {
      const proxy = await TcpProxy.start(postgres.url);
      const far = await startStore(proxy.url(postgres.url));
      const remote = await startWriter(far);
      const jobs = await newJobs(count);
      const [done] = await newJobs(1, 'done');
      await remote.write([draft(-1)], 'stored');
      let runs = 0;
      proxy.loseReplyTo('commit');
      const ids = await remote.writeGuarded(draftsOf([...jobs, done!]), async (tx, rows) => {
        runs++;
        return finishJobs(tx, rows);
      });
      expect(proxy.repliesLost).toBe(1);
      expect(runs).toBe(1);
      expect(ids.at(-1)).toBeNull();
      const found = await jobsById();
      expect(jobs.map((job) => found.get(job)!.prediction_id)).toEqual(ids.slice(0, -1));
      expect((await storedPredictions(store)).size).toBe(count + 1);
      await remote.stop();
      await far.stop();
      await proxy.stop();
    },
  );
});
