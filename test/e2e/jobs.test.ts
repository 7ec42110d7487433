import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { embeddedUrl } from '../support/conservation.ts';
import { Instance } from '../support/instance.ts';
import { quietLog } from '../support/postgres.ts';
import { jsonOf, post } from '../support/post.ts';
import { expectedRows } from '../support/superstore-bodies.ts';
import { Client } from '../../src/store/client.ts';

const rows = expectedRows();
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface StoredRow {
  readonly job_id: string;
  readonly id: number;
  readonly prediction: number;
}

describe('jobs of the product on its embedded Postgres', () => {
  let dataDir: string;
  let instance: Instance;
  let client: Client;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'thicket-jobs-'));
    instance = await Instance.start('up', { THICKET_DATA_DIR: dataDir });
    client = new Client({ url: embeddedUrl(dataDir), max: 1, log: quietLog });
  });
  afterAll(async () => {
    await client.end();
    await instance.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function submit(body: unknown, path = '/predict_async'): Promise<string> {
    const reply = await post(`${instance.url}${path}`, body);
    const json = await jsonOf(reply);
    expect([reply.status, json]).toEqual([
      200,
      { job_id: expect.stringMatching(UUID), status: 'queued' },
    ]);
    return String(json['job_id']);
  }

  /** The job once it is settled. */
  async function settled(jobId: string): Promise<Record<string, unknown>> {
    for (;;) {
      const reply = await fetch(`${instance.url}/jobs/${jobId}`);
      expect(reply.status).toBe(200);
      const job = await jsonOf(reply);
      if (job['status'] === 'done' || job['status'] === 'failed') return job;
    }
  }

  const outcomesOf = (jobIds: readonly string[]): Promise<StoredRow[]> =>
    client.sql.unsafe<StoredRow[]>(
      `select job_id, id, prediction from predictions where job_id = any($1::text::uuid[]) order by id`,
      [`{${jobIds.join(',')}}`],
    );

  test('a row is predicted once, and the job says which prediction it is', async () => {
    const { body, prediction } = rows[0]!;
    const jobId = await submit(body);
    const job = await settled(jobId);
    const [outcome, ...more] = await outcomesOf([jobId]);
    expect(more).toEqual([]);
    expect(outcome!.prediction).toBe(prediction);
    expect(job).toMatchObject({
      job_id: jobId,
      status: 'done',
      prediction_id: outcome!.id,
      prediction_ids: [outcome!.id],
      error: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  test('hundreds of jobs at once have the answers that requests have', async () => {
    const asked = Array.from({ length: 300 }, (_, at) => rows[at % rows.length]!);
    const ids = await Promise.all(asked.map(({ body }) => submit(body)));
    await Promise.all(ids.map(settled));
    const stored = new Map((await outcomesOf(ids)).map((row) => [row.job_id, row.prediction]));
    expect(ids.map((id) => stored.get(id))).toEqual(asked.map(({ prediction }) => prediction));
  });

  test('a list of rows is one job, with its predictions in the order of the rows', async () => {
    const asked = rows.slice(0, 20);
    const jobId = await submit(`{"rows":[${asked.map(({ body }) => body).join(',')}]}`);
    const job = await settled(jobId);
    const stored = new Map(
      (await outcomesOf([jobId])).map(({ id, prediction }) => [id, prediction]),
    );
    const ids = job['prediction_ids'] as number[];
    expect(job['prediction_id']).toBe(ids[0]);
    expect(ids.map((id) => stored.get(id))).toEqual(asked.map(({ prediction }) => prediction));
  });

  test('stored rows are named by their ids, and a job of an absent one fails with the reason', async () => {
    const both = await settled(await submit({ raw_ids: [3, 1] }));
    const byRequest = await jsonOf(
      await post(`${instance.url}/predict/batch/by-raw-ids`, { raw_ids: [3, 1] }),
    );
    const answers = (byRequest['results'] as { y_pred: number }[]).map(({ y_pred }) => y_pred);
    const stored = await outcomesOf([String(both['job_id'])]);
    expect(stored.map(({ prediction }) => prediction)).toEqual(answers);
    const absent = await settled(await submit({ raw_id: 999_999 }));
    expect(absent).toMatchObject({
      status: 'failed',
      prediction_id: null,
      error: 'raw_id=999999 not found in raw_superstore',
    });
  });

  test('a bad row is refused at its submission, in a list with its place', async () => {
    const good = JSON.parse(rows[0]!.body) as Record<string, unknown>;
    const alone = await post(`${instance.url}/predict_async`, { ...good, quantity: 'three' });
    expect([alone.status, (await jsonOf(alone))['code']]).toEqual([422, 'ROW_INVALID']);
    const list = await post(`${instance.url}/predict_async`, {
      rows: [good, { ...good, quantity: 'three' }],
    });
    const { detail } = (await list.json()) as { detail: { loc: unknown }[] };
    expect([list.status, detail.map(({ loc }) => loc)]).toEqual([
      422,
      [['body', 'rows', 1, 'quantity']],
    ]);
  });

  test('the same key gives the same job to all who send it at once, and later', async () => {
    const { url } = instance;
    const send = (body: string): Promise<Response> =>
      post(`${url}/predict_async`, body, { 'idempotency-key': 'a-job' });
    const replies = await Promise.all(Array.from({ length: 50 }, () => send(rows[1]!.body)));
    replies.push(await send(rows[1]!.body));
    const ids = await Promise.all(replies.map(async (reply) => (await jsonOf(reply))['job_id']));
    expect(new Set(ids).size).toBe(1);
    await settled(String(ids[0]));
    expect(await outcomesOf([String(ids[0])])).toHaveLength(1);
    const other = await send(rows[2]!.body);
    expect([other.status, (await jsonOf(other))['code']]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test('an id that no job has is 404, a malformed one too', async () => {
    for (const id of ['3f2b8e9c-5a57-4a4e-9d3c-0f2d1a7b6c5e', 'x', '%00', "'"]) {
      const reply = await fetch(`${instance.url}/jobs/${id}`);
      expect([reply.status, (await jsonOf(reply))['detail']]).toEqual([404, 'job_id not found']);
    }
  });

  test('every accepted job is done exactly once although the process is killed', async () => {
    const asked = Array.from({ length: 400 }, (_, at) => rows[at % rows.length]!);
    const ids: string[] = [];
    await Promise.all(
      asked.map(async ({ body }, at) => {
        ids[at] = await submit(body);
      }),
    );
    await instance.kill();
    await client.end();
    instance = await Instance.start('up', { THICKET_DATA_DIR: dataDir });
    client = new Client({ url: embeddedUrl(dataDir), max: 1, log: quietLog });
    const jobs = await Promise.all(ids.map(settled));
    expect(jobs.map(({ status }) => status)).toEqual(ids.map(() => 'done'));
    const stored = await outcomesOf(ids);
    expect(stored).toHaveLength(ids.length);
    expect(new Set(jobs.map(({ prediction_id }) => prediction_id))).toEqual(
      new Set(stored.map(({ id }) => id)),
    );
  });
});
