import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { expectConserved, storedPredictions } from '../support/conservation.ts';
import { Instance } from '../support/instance.ts';
import { load } from '../support/load.ts';
import { until } from '../support/outcomes.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { expectedRows } from '../support/superstore-bodies.ts';

const MODEL = fileURLToPath(new URL('../../examples/superstore/model.joblib', import.meta.url));
const rows = expectedRows();
const statusOf = (url: string, init?: RequestInit): Promise<number | string> =>
  fetch(url, init).then(
    async (reply) => {
      await reply.arrayBuffer();
      return reply.status;
    },
    () => 'no answer',
  );
const PREDICT = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: rows[0]!.body,
};

/** A door to a server that can be opened later: until then its port refuses. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function openDoor(port: number, to: number): Promise<Server> {
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('with a Postgres of one’s own', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'thicket-life-'));
  let database: TestPostgres;

  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(async () => {
    await database.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('absent at the start: alive, not ready and why, and then it comes up by itself', async () => {
    const port = await freePort();
    const doorPort = await freePort();
    const url = new URL(database.url);
    const realPort = Number(url.port);
    url.port = String(doorPort);
    const instance = Instance.launch('serve', port, {
      THICKET_DATA_DIR: dataDir,
      DATABASE_URL: url.href,
      MODEL_PATH: MODEL,
    });
    await until(async () => (await statusOf(`${instance.url}/predict`, PREDICT)) === 503);
    expect(await statusOf(`${instance.url}/health`)).toBe(200);
    const ready = await fetch(`${instance.url}/ready`);
    expect(ready.status).toBe(503);
    const { detail } = (await ready.json()) as { detail: string };
    expect(detail).toContain('Postgres is not available');
    expect(detail).not.toContain(url.password);

    const door = await openDoor(doorPort, realPort);
    await until(async () => (await statusOf(`${instance.url}/ready`)) === 200);
    expect(await statusOf(`${instance.url}/predict`, PREDICT)).toBe(200);
    expect(await instance.stop()).toBe(0);
    expect(instance.log.join('\n')).not.toContain(url.password);
    door.close();
  });

  test('SIGTERM under load: whatever was acknowledged is stored, and the exit code is 0', async () => {
    const before = await storedPredictions(database.url);
    const instance = await Instance.start('serve', {
      THICKET_DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      MODEL_PATH: MODEL,
      THICKET_OUTCOME_LEVEL: 'queued',
    });
    const stops: Promise<number | null>[] = [];
    const { acknowledged } = await load({
      url: instance.url,
      requests: 1_000_000,
      connections: 16,
      body: (request) => rows[request % rows.length]!.body,
      until: () => stops.length > 0,
      onReply: (count) => {
        if (count === 3_000) stops.push(instance.stop());
      },
    });
    expect(await Promise.all(stops)).toEqual([0]);
    const ids = new Set(before.map(({ id }) => id));
    const stored = (await storedPredictions(database.url)).filter(({ id }) => !ids.has(id));
    expectConserved(acknowledged, stored, 0);
  });

  test('a model file that is none stops the start with a sentence', async () => {
    const path = join(dataDir, 'broken.joblib');
    writeFileSync(path, 'this is no model');
    const instance = Instance.launch('serve', 0, {
      THICKET_DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      MODEL_PATH: path,
    });
    expect(await instance.ended()).toBe(1);
    expect(instance.log.at(-1)).toMatch(/^thicket: The file is no pickle/);
  });
});

test.each([
  [{ THICKET_PROT: '8000' }, 'THICKET_PROT is not a setting of Thicket'],
  [{ THICKET_PORT: '70000' }, 'THICKET_PORT must be a whole number from 0 to 65535'],
  [{ DATABASE_URL: 'mysql://u:secret@h/d' }, 'DATABASE_URL must be a postgres:// address'],
])('a wrong setting %o stops the start with a sentence', async (environment, sentence) => {
  const instance = Instance.launch('serve', 0, environment);
  expect(await instance.ended()).toBe(1);
  expect(instance.log.at(-1)).toContain(sentence);
  expect(instance.log.join('\n')).not.toContain('secret');
});
