import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, describe, expect, test } from 'vitest';

import { Client } from '../../src/store/client.ts';
import { Instance } from '../support/instance.ts';
import { until } from '../support/outcomes.ts';
import { quietLog, startPostgres } from '../support/postgres.ts';
import { processesOf } from '../support/processes.ts';

const MODEL = fileURLToPath(new URL('../../examples/superstore/model.joblib', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
/** Longer than any test waits. */
const LONG_DRAIN = { THICKET_DRAIN_DELAY_MS: '600000' };

const directory = mkdtempSync(join(tmpdir(), 'thicket-start-'));
let launched: Instance[] = [];
const launch = (port: number, environment: Record<string, string>): Instance => {
  const instance = Instance.launch('up', port, environment);
  launched.push(instance);
  return instance;
};

afterEach(async () => {
  for (const instance of launched) await instance.kill();
  launched = [];
  for (const pid of processesOf(directory)) process.kill(pid, 'SIGKILL');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const says = (instance: Instance, text: string): boolean =>
  instance.log.some((line) => line.includes(text));

describe('a data directory where nothing can be made', () => {
  test.each(['/proc/thicket/data', '/proc/sys/thicket', '/dev/null/thicket'])(
    '%s stops the start with one sentence',
    async (place) => {
      const instance = launch(0, { THICKET_DATA_DIR: place });
      await until(() => instance.isGone && instance.log.length > 0);
      expect(await instance.ended()).toBe(1);
      expect(instance.log).toHaveLength(1);
      expect(instance.log[0]).toContain(`thicket: the data directory ${place} cannot be used`);
    },
  );
});

test('a start waits for an owner of its directory and port that stops, and says so', async () => {
  const port = await freePort();
  const owner = launch(port, { THICKET_DATA_DIR: directory, THICKET_DRAIN_DELAY_MS: '2000' });
  await until(async () => (await statusOf(`${owner.url}/ready`)) === 200);
  const ended = owner.stop();
  await until(async () => (await statusOf(`${owner.url}/ready`)) === 503);
  const heir = launch(port, { THICKET_DATA_DIR: directory });
  await until(() => says(heir, 'another Thicket stops in this directory; waiting for its end'));
  expect(await ended).toBe(0);
  await until(async () => (await statusOf(`${heir.url}/ready`)) === 200);
  expect(await heir.stop()).toBe(0);
});

test('a terminal that is closed stops its server in order', async () => {
  const at = join(directory, 'terminal');
  const terminal = spawn('script', ['-qec', `${process.execPath} ${MAIN} up`, '/dev/null'], {
    env: { ...process.env, ...LONG_DRAIN, THICKET_DATA_DIR: at, THICKET_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let shown = '';
  terminal.stdout.on('data', (bytes: Buffer) => (shown += String(bytes)));
  await until(() => shown.includes('listening on'));
  terminal.kill('SIGKILL');
  await until(() => processesOf(at).length === 0);
  const log = readFileSync(join(at, 'postgres.log'), 'utf8');
  expect(log).toContain('received fast shutdown request');
});

test('SIGTERM ends a start whose migrations wait for the lock of another session', async () => {
  const postgres = await startPostgres();
  const holder = new Client({ url: postgres.url, max: 1, log: quietLog });
  try {
    await holder.sql`select pg_advisory_lock(7046321)`;
    const instance = launch(0, {
      THICKET_DATA_DIR: join(directory, 'unused'),
      DATABASE_URL: postgres.url,
      MODEL_PATH: MODEL,
      ...LONG_DRAIN,
    });
    await until(async () => {
      const [row] = await holder.sql<{ waits: number }[]>`
        select count(*)::int as waits from pg_locks where locktype = 'advisory' and not granted`;
      return row!.waits === 1;
    });
    expect(await instance.stop()).toBe(0);
  } finally {
    await holder.end();
    await postgres.stop();
  }
});

async function statusOf(url: string): Promise<number | null> {
  try {
    const reply = await fetch(url);
    await reply.arrayBuffer();
    return reply.status;
  } catch {
    return null;
  }
}
