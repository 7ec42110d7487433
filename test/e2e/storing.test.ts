import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import postgres from 'postgres';
import { afterAll, afterEach, describe, expect, test } from 'vitest';

import { embeddedUrl } from '../support/conservation.ts';
import { Instance } from '../support/instance.ts';
import { until } from '../support/outcomes.ts';
import { startPostgres } from '../support/postgres.ts';
import { prepareDirectory } from '../support/prepared-directory.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { expectedRows } from '../support/superstore-bodies.ts';

const MODEL = fileURLToPath(new URL('../../examples/superstore/model.joblib', import.meta.url));
const LOCKED = 'another session holds a lock on a table that is needed';
const FULL = 'No space left on device';
/** A cluster with the example's rows and a few segments of write-ahead log. */
const DISK_MEGABYTES = 320;

const parent = mkdtempSync(join(tmpdir(), 'thicket-storing-'));
const disk = SmallDisk.mount(DISK_MEGABYTES);
let instance: Instance;

afterEach(async () => {
  await instance.stop();
});
afterAll(() => {
  disk?.unmount();
  rmSync(parent, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly detail: string;
}

async function answerOf(path: string, init?: RequestInit): Promise<Answer> {
  const reply = await fetch(instance.url + path, init).catch(() => null);
  if (reply === null) return { status: 0, detail: '' };
  const body = (await reply.json()) as { detail?: string };
  return { status: reply.status, detail: body.detail ?? '' };
}

const ready = (): Promise<Answer> => answerOf('/ready');
const predict = (): Promise<Answer> =>
  answerOf('/predict', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: expectedRows()[0]!.body,
  });

/** The first answer of this status. */
async function answerWith(ask: () => Promise<Answer>, status: number, text = ''): Promise<Answer> {
  let answer: Answer = { status: 0, detail: '' };
  await until(async () => {
    answer = await ask();
    return answer.status === status && answer.detail.includes(text);
  }, 120_000);
  return answer;
}

test('a lock on predictions: /ready and replies say so, and both work again when it is gone', async () => {
  const directory = join(parent, 'locked');
  await prepareDirectory(directory);
  instance = await Instance.start('up', { THICKET_DATA_DIR: directory });
  const session = postgres(embeddedUrl(directory), { max: 1 });
  await session`begin`;
  await session`lock table predictions in access exclusive mode`;
  await answerWith(predict, 503);
  expect(await answerWith(ready, 503, LOCKED)).toEqual({
    status: 503,
    detail: `predictions cannot be stored: ${LOCKED}`,
  });
  expect((await answerWith(predict, 503, 'cannot be stored')).detail).toContain(LOCKED);
  expect(instance.log.join('\n')).toContain('"msg":"predictions cannot be stored"');
  await session`rollback`;
  await answerWith(ready, 200); // By a probe: nothing was predicted in between.
  expect((await predict()).status).toBe(200);
  await session.end();
});

test('an instance is not ready before it can store', async () => {
  const database = await startPostgres();
  const first = await Instance.start('serve', {
    DATABASE_URL: database.url,
    MODEL_PATH: MODEL,
    THICKET_DATA_DIR: join(parent, 'unused'),
  });
  await first.stop();
  const session = postgres(database.url, { max: 1 });
  await session`begin`;
  await session`lock table predictions in access exclusive mode`;
  instance = Instance.launch('serve', await freePort(), {
    DATABASE_URL: database.url,
    MODEL_PATH: MODEL,
    THICKET_DATA_DIR: join(parent, 'unused'),
  });
  const sentence = `predictions cannot be stored: ${LOCKED}`;
  expect(await answerWith(ready, 503, sentence)).toEqual({ status: 503, detail: sentence });
  await session`rollback`;
  await answerWith(ready, 200);
  await session.end();
  await instance.stop();
  await database.stop();
});

describe.skipIf(disk === null)('a full disk (skipped where none can be mounted)', () => {
  test('below the write-ahead log: /ready, replies and the log say so, until it has room', async () => {
    const directory = join(disk!.directory, 'data');
    instance = await Instance.start('up', { THICKET_DATA_DIR: directory });
    expect((await predict()).status).toBe(200);
    disk!.fill();
    await useUpSegments(embeddedUrl(directory));
    await answerWith(ready, 503, FULL);
    const refused = await answerWith(predict, 503, FULL);
    expect(refused.detail).not.toMatch(/127\.0\.0\.1|\/|pg_wal|ECONN/);
    expect(instance.log.join('\n')).toMatch(/PANIC: .*No space left on device|FATAL: .*No space/);
    disk!.empty();
    await answerWith(ready, 200);
    expect((await predict()).status).toBe(200);
  });
});

test('a Postgres that is away: no address and no code of the system in /ready and replies', async () => {
  instance = Instance.launch('serve', await freePort(), {
    DATABASE_URL: `postgres://user:secret@127.0.0.1:${await freePort()}/db`,
    MODEL_PATH: MODEL,
    THICKET_DATA_DIR: join(parent, 'unused'),
  });
  const sentence = 'Postgres is not available: the connection was refused';
  let refused = await answerWith(predict, 503, sentence);
  await until(async () => (refused = await predict()).detail === sentence); // Once the model is there.
  expect(await ready()).toEqual(refused);
  const health = await (await fetch(`${instance.url}/health`)).text();
  expect(health).not.toContain('127.0.0.1');
  expect(instance.log.join('\n')).toContain('ECONNREFUSED');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Every segment that is there already is taken; a new one has no place. */
async function useUpSegments(url: string): Promise<void> {
  const session = postgres(url, { max: 1, onnotice: () => {} });
  try {
    for (;;) {
      await session`select pg_logical_emit_message(true, 'test', 'so that there is a segment to leave')`;
      await session`select pg_switch_wal()`;
    }
  } catch {
    // The server has found no place for the next one.
  } finally {
    await session.end({ timeout: 1 });
  }
}
