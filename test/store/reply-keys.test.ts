import postgresClient from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import type { ModelRows } from '../../src/ops/metrics.ts';
import { EXPIRED_KEYS_MAX, deleteExpiredKeys } from '../../src/store/expired-keys.ts';
import { OutcomeWriter, type ReplyWanted } from '../../src/store/outcomes/outcome-writer.ts';
import { KeyTaken, findReply } from '../../src/store/outcomes/reply-keys.ts';
import type { Store } from '../../src/store/store.ts';
import { draft, storedPredictions, until } from '../support/outcomes.ts';
import {
  COMMIT_MS_MAX,
  STORE_READY_MS_MAX,
  type TestPostgres,
  quietLog,
  startPostgres,
  startStore,
} from '../support/postgres.ts';

let postgres: TestPostgres;
let store: Store;
let writer: OutcomeWriter;
let commits: number[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
}, STORE_READY_MS_MAX);
afterAll(async () => {
  await store.stop();
  await postgres.stop();
});
beforeEach(async () => {
  await store.query((sql) => sql`truncate predictions, idempotency_keys`);
  commits = [];
  const committed = (rows: readonly ModelRows[]): void =>
    void commits.push(rows.reduce((sum, each) => sum + each.rows, 0));
  const observer = { committed, failed: () => {}, waiting: () => {} };
  writer = new OutcomeWriter({
    store,
    log: quietLog,
    rowsMax: 10_000,
    deadlineMs: COMMIT_MS_MAX,
    observer,
  });
  await writer.start();
});
afterEach(() => writer.stop());

const SHA256 = 'ab'.repeat(32);
const under = (key: string, owner = ''): ReplyWanted => ({
  key: { owner, key, sha256: SHA256 },
  replyOf: (ids) => ({ type: 'application/json', text: JSON.stringify(ids) }),
});
const keys = async (): Promise<number> =>
  (await store.query((sql) => sql<{ count: number }[]>`select count(*) from idempotency_keys`))[0]!
    .count;

/** A key that an open transaction of somebody else is about to store. */
async function heldKey(key: string): Promise<{ end(): Promise<void> }> {
  const session = postgresClient(postgres.url, { max: 1 });
  await session`begin`;
  await session`insert into idempotency_keys (owner, key, body_sha256, reply, reply_type)
    values ('', ${key}, '', '', '')`;
  return {
    end: async () => {
      await session`rollback`;
      await session.end();
    },
  };
}

test('keyed writes and others share their commits', async () => {
  const writes = Array.from({ length: 40 }, (_, at) =>
    writer.write([draft(at)], 'stored', at % 2 === 0 ? under(`k-${at}`) : null),
  );
  await Promise.all(writes);
  expect(commits.length).toBeLessThan(5);
  expect([(await storedPredictions(store)).size, await keys()]).toEqual([40, 20]);
});

test('the reply is stored with the ids of its rows, under its owner', async () => {
  const ids = await writer.write([draft(1), draft(2)], 'stored', under('k'));
  await writer.write([draft(3)], 'stored', under('k', 'tenant'));
  expect(await findReply(store, under('k').key)).toEqual({
    sha256: SHA256,
    type: 'application/json',
    text: JSON.stringify(ids),
  });
  expect(await findReply(store, under('k', 'nobody').key)).toBeNull();
  expect((await storedPredictions(store)).size).toBe(3);
});

test('of many writes with one key in one commit the first is stored, the neighbours all', async () => {
  const keyed = Array.from({ length: 10 }, (_, at) =>
    writer.write([draft(at)], 'stored', under('k')),
  );
  const others = Array.from({ length: 10 }, (_, at) => writer.write([draft(100 + at)], 'stored'));
  const results = await Promise.allSettled(keyed);
  await Promise.all(others);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const reasons = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  expect(reasons.every((reason) => reason instanceof KeyTaken)).toBe(true);
  expect((await storedPredictions(store)).size).toBe(11);
});

test('a batch that is copied is stored with its key, and not again', async () => {
  const drafts = Array.from({ length: 500 }, (_, at) => draft(at));
  await writer.write(drafts, 'stored', under('large'));
  await expect(writer.write(drafts, 'stored', under('large'))).rejects.toBeInstanceOf(KeyTaken);
  expect((await storedPredictions(store)).size).toBe(500);
});

test('a key that somebody holds for long is a 503 of its own: no neighbour fails', async () => {
  const held = await heldKey('stuck');
  const stuck = writer.write([draft(-1)], 'stored', under('stuck'));
  const neighbours = Array.from({ length: 20 }, (_, at) =>
    writer.write([draft(at)], 'stored', at % 2 === 0 ? under(`k-${at}`) : null),
  );
  await expect(stuck).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: 'a request with the same Idempotency-Key is still being stored',
  });
  await Promise.all(neighbours);
  await held.end();
  expect((await storedPredictions(store)).size).toBe(20);
  await writer.write([draft(-1)], 'stored', under('stuck'));
  expect(writer.storing.fails).toBe(false);
});

test('a key whose holder gives up in time is stored', async () => {
  const held = await heldKey('k');
  const waiting = writer.write([draft(1)], 'stored', under('k'));
  await until(async () => {
    const [found] = await store.query(
      (sql) => sql<{ waits: number }[]>`select count(*) as waits from pg_locks where not granted`,
    );
    return found!.waits > 0;
  });
  await held.end();
  expect(await waiting).toHaveLength(1);
});

test('expired keys are deleted, oldest first and so many at a time; younger ones stay', async () => {
  await store.query(
    (
      sql,
    ) => sql`insert into idempotency_keys (owner, key, body_sha256, reply, reply_type, created_at)
      select '', 'k-' || at, '', '', '', now() - at * interval '1 hour'
      from generate_series(0, ${EXPIRED_KEYS_MAX + 30}::int) as at`,
  );
  const deleted: number[] = [];
  for (let round = 0; round < 3; round++) {
    deleted.push(await store.transaction((tx) => deleteExpiredKeys(tx)));
  }
  // Hours 24 and more: the series begins at 0 and has one more than its last number.
  expect(deleted).toEqual([EXPIRED_KEYS_MAX, 7, 0]);
  expect(await keys()).toBe(24);
});

test('a store deletes expired keys by itself, in as many steps as it takes', async () => {
  await store.query(
    (
      sql,
    ) => sql`insert into idempotency_keys (owner, key, body_sha256, reply, reply_type, created_at)
      select '', 'k-' || at, '', '', '', now() - interval '2 days'
      from generate_series(1, ${2 * EXPIRED_KEYS_MAX + 1}::int) as at`,
  );
  const other = await startStore(postgres.url);
  await until(async () => (await keys()) === 0);
  await other.stop();
  expect(await keys()).toBe(0);
});
