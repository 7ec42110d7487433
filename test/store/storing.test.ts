import { chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { Client } from '../../src/store/client.ts';
import { OutcomeWriter } from '../../src/store/outcomes/outcome-writer.ts';
import { probeWrite } from '../../src/store/outcomes/probe-write.ts';
import type { Store } from '../../src/store/store.ts';
import { draft, storedPredictions, until } from '../support/outcomes.ts';
import {
  quietLog,
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';
import { SmallDisk } from '../support/small-disk.ts';

/** Long enough for a busy machine to find out the reason meanwhile. */
const DEADLINE_MS = 10_000;

const disk = SmallDisk.mount(24);
let postgres: TestPostgres;
/** Another session, with its own connection. */
let session: Client;
let store: Store;
let writer: OutcomeWriter;

beforeAll(async () => {
  postgres = await startPostgres();
}, STORE_READY_MS_MAX);
afterAll(async () => {
  await postgres.stop();
  disk?.unmount();
});
beforeEach(async () => {
  store = await startStore(postgres.url);
  writer = new OutcomeWriter({ store, log: quietLog, rowsMax: 20_000, deadlineMs: DEADLINE_MS });
  session = new Client({ url: postgres.url, max: 1, log: quietLog });
  await writer.start();
});
afterEach(async () => {
  await session.end();
  await writer.stop();
  await store.stop();
});

const write = (): Promise<readonly number[]> => writer.write([draft(1)], 'stored');
/** Writes until one is refused because writing is known to fail, and says why. */
async function untilRefusedAtOnce(): Promise<string> {
  let message = '';
  await until(async () => {
    message = await write().then(
      () => '',
      (error: Error) => error.message,
    );
    return message.startsWith('predictions cannot be stored');
  });
  return message;
}

test('before the first write nothing is known, and a probe finds out', async () => {
  expect(writer.storing.trouble).toBe('no write has been tried yet');
  await writer.storing.proof(new AbortController().signal);
  expect(writer.storing.trouble).toBeNull();
});

test('a probe leaves no row, and one after another can be written', async () => {
  const before = await storedPredictions(store);
  for (let times = 0; times < 3; times++) await probeWrite(store);
  expect(await storedPredictions(store)).toEqual(before);
});

describe('a lock on predictions', () => {
  beforeEach(async () => {
    await write();
    await session.sql`begin`;
    await session.sql`lock table predictions in access exclusive mode`;
  });

  test('is the reason of the write that came too late because of it', async () => {
    await expect(write()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: `Postgres did not commit within ${DEADLINE_MS} ms: another session holds a lock on a table that is needed`,
    });
    await session.sql`rollback`;
  });

  test('lets writes fail at once with the reason, until it is released', async () => {
    await expect(write()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await until(() => writer.storing.fails);
    await expect(write()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message:
        'predictions cannot be stored: another session holds a lock on a table that is needed',
    });
    await session.sql`rollback`;
    await until(() => writer.storing.trouble === null); // Without a write.
    expect(await write()).toHaveLength(1);
  });
});

test('a lock is noticed by a queued write, which is stored when the lock is gone', async () => {
  await write();
  await session.sql`begin`;
  await session.sql`lock table predictions in access exclusive mode`;
  const [id] = await writer.write([draft(2)], 'queued');
  await until(() => writer.storing.fails);
  expect(writer.storing.trouble).toBe('another session holds a lock on a table that is needed');
  await session.sql`rollback`;
  await until(async () => (await storedPredictions(store)).get(id!) === 2);
  await until(() => writer.storing.trouble === null);
});

describe.skipIf(disk === null)('a full disk (skipped where none can be mounted)', () => {
  test('lets writes fail with its reason, and they work again when it has room', async () => {
    await write();
    await movePredictionsTo(disk!.directory);
    disk!.fill();
    expect(await untilRefusedAtOnce()).toBe(
      'predictions cannot be stored: No space left on device',
    );
    disk!.empty();
    await until(() => writer.storing.trouble === null); // Without a write.
    expect(await write()).toHaveLength(1);
  });
});

test('a lost connection alone is no verdict on storing', async () => {
  await write();
  for (let times = 0; times < 5; times++) {
    await session.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and datname = 'thicket'`;
    await until(() => store.status().connected);
    await write();
    expect(writer.storing.fails).toBe(false);
  }
});

/** Table, index and TOAST table of every partition; the write-ahead log stays where it is. */
async function movePredictionsTo(directory: string): Promise<void> {
  const place = join(directory, 'tablespace');
  mkdirSync(place);
  const { uid, gid } = statSync(join(postgres.directory, 'postgres'));
  chownSync(place, uid, gid);
  await session.sql.unsafe(`create tablespace small location '${place}'`);
  const partitions = await session.sql<{ name: string }[]>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'predictions'::regclass`;
  for (const { name } of partitions) {
    await session.sql.unsafe(`alter table ${name} set tablespace small`);
    await session.sql.unsafe(`alter index ${name}_pkey set tablespace small`);
  }
}
