import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import type { Store } from '../../src/store/store.ts';
import { Instance } from '../support/instance.ts';
import { storedPredictions, until } from '../support/outcomes.ts';
import { post } from '../support/post.ts';
import { type TestPostgres, startPostgres, startStore } from '../support/postgres.ts';
import { expectedRows } from '../support/superstore-bodies.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const MODEL = fileURLToPath(new URL('../../examples/superstore/model.joblib', import.meta.url));
const BODY = expectedRows()[0]!.body;

const parent = mkdtempSync(join(tmpdir(), 'thicket-retries-'));
let postgres: TestPostgres;
/** Reaches Postgres directly: what really is there. */
let truth: Store;
let instances: Instance[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  truth = await startStore(postgres.url);
});
afterAll(async () => {
  await truth.stop();
  await postgres.stop();
  rmSync(parent, { recursive: true, force: true });
});
beforeEach(async () => {
  await truth.query((sql) => sql`truncate predictions, idempotency_keys`);
});
afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.stop()));
});

async function serve(databaseUrl: string): Promise<Instance> {
  const instance = await Instance.start('serve', {
    DATABASE_URL: databaseUrl,
    MODEL_PATH: MODEL,
    THICKET_DATA_DIR: join(parent, 'unused'),
  });
  instances.push(instance);
  return instance;
}

const keyed = ({ url }: Instance, key: string): Promise<Response> =>
  post(`${url}/predict`, BODY, { 'idempotency-key': key });
const replayed = (reply: Response): boolean => reply.headers.get('idempotent-replayed') === 'true';

test('a kill -9 between the commit and the reply: a retry gets the reply that was stored', async () => {
  const proxy = await TcpProxy.start(postgres.url);
  const first = await serve(proxy.url(postgres.url));
  proxy.holdReplyTo('commit');
  const cut = keyed(first, 'killed').then(
    () => 'answered',
    () => 'cut',
  );
  await until(async () => (await storedPredictions(truth)).size === 1);
  await first.kill();
  expect(await cut).toBe('cut');
  await proxy.stop();

  const second = await serve(postgres.url);
  const reply = await keyed(second, 'killed');
  const [[id, prediction] = []] = await storedPredictions(truth);
  expect([reply.status, replayed(reply)]).toEqual([200, true]);
  expect(await reply.json()).toMatchObject({ prediction_id: id, y_pred: prediction });
  expect((await storedPredictions(truth)).size).toBe(1);
});

test('two processes that get each request at once store it once and reply the same', async () => {
  const both = await Promise.all([serve(postgres.url), serve(postgres.url)]);
  const keys = Array.from({ length: 100 }, (_, at) => `k-${at}`);
  const texts = await Promise.all(
    keys.map(async (key) => {
      const replies = await Promise.all(both.map((instance) => keyed(instance, key)));
      expect(replies.map(({ status }) => status)).toEqual([200, 200]);
      expect(replies.filter(replayed)).toHaveLength(1);
      return Promise.all(replies.map((reply) => reply.text()));
    }),
  );
  expect(texts.filter(([left, right]) => left !== right)).toEqual([]);
  expect((await storedPredictions(truth)).size).toBe(keys.length);
});
