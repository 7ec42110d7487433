import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Client } from '../../src/store/client.ts';
import { DirectoryLock } from '../../src/store/embedded/directory-lock.ts';
import { embeddedBinaries } from '../../src/store/embedded/embedded-binaries.ts';
import { serverUser } from '../../src/store/embedded/embedded-user.ts';
import { EmbeddedPostgres } from '../../src/store/embedded/embedded.ts';
import { isAlive, runningPostmaster } from '../../src/store/embedded/postmaster.ts';
import { startOwner } from '../support/embedded-owner.ts';
import { until } from '../support/outcomes.ts';
import { quietLog } from '../support/postgres.ts';
import { preparedDirectory } from '../support/prepared-directory.ts';
import { commandOf, processesOf } from '../support/processes.ts';

let directory: string;
let pgdata: string;
let servers: EmbeddedPostgres[];
let children: ChildProcess[];
let said: string;

/** A log that the test reads. */
const log = pino({ base: null }, { write: (line: string) => void (said += line) });

beforeEach(async () => {
  directory = await preparedDirectory('thicket-embedded-start-');
  pgdata = join(directory, 'postgres');
  servers = [];
  children = [];
  said = '';
});

afterEach(async () => {
  for (const server of servers) await server.stop();
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const embedded = (): EmbeddedPostgres => {
  const server = new EmbeddedPostgres({ directory, log });
  servers.push(server);
  return server;
};

async function answers(server: EmbeddedPostgres): Promise<boolean> {
  const client = new Client({ url: server.url, max: 1, log: quietLog });
  try {
    const [row] = await client.sql`select 1 as one`;
    return row?.['one'] === 1;
  } finally {
    await client.end();
  }
}

/** A cluster that nothing runs on. */
async function makeCluster(): Promise<void> {
  const server = embedded();
  await server.start();
  await server.stop();
}

/** A server whose owner was killed and left it running; the owner may have been told something before. */
async function leaveServer(): Promise<number> {
  const { child } = await startOwner(directory);
  children.push(child);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  return runningPostmaster(pgdata)!.pid;
}

/** A program as the user that PostgreSQL runs as: processes of others never hinder it. */
function startAsServerUser(script: string): ChildProcess {
  const [program = 'sh', ...rest] = serverUser(embeddedBinaries().postgres, pgdata, null).prefix;
  const args = program === 'sh' ? ['-c', script] : [...rest, 'sh', '-c', script];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  children.push(child);
  return child;
}

function writePidFile(pid: number): void {
  writeFileSync(join(pgdata, 'postmaster.pid'), `${pid}\n${pgdata}\n1\n5432\n\n\n\nready\n`);
}

describe('a start', () => {
  test('right after owner and server were killed together succeeds', async () => {
    const { child, url } = await startOwner(directory);
    const gone = once(child, 'exit');
    const { pid } = runningPostmaster(pgdata)!;
    process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    await gone;
    const server = embedded();
    await server.start();
    expect(server.url).not.toBe(url);
    expect(await answers(server)).toBe(true);
  });

  test('succeeds where the pid file names a zombie that nobody reaps', async () => {
    await makeCluster();
    const parent = startAsServerUser('cat <&3 & echo $!; exec sleep 86400');
    const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
    const pid = Number(String(line));
    await until(() => commandOf(parent.pid!) === 'sleep 86400');
    (parent.stdio[3] as Writable).end(); // The child ends, and its parent does not look after it.
    await until(() => /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
    writePidFile(pid);
    const server = embedded();
    await server.start();
    expect(await answers(server)).toBe(true);
  });

  test('succeeds where the number in the pid file has become another program’s', async () => {
    await makeCluster();
    const { pid } = startAsServerUser('echo; exec sleep 86400');
    writePidFile(pid!);
    const server = embedded();
    await server.start();
    expect(await answers(server)).toBe(true);
    expect(isAlive(pid!)).toBe(true);
  });

  test('waits for a server that was told to stop, and says so', async () => {
    const pid = await leaveServer();
    const { port } = runningPostmaster(pgdata)!;
    const password = readFileSync(join(directory, 'postgres.password'), 'utf8');
    const url = `postgres://thicket:${password}@127.0.0.1:${port}/thicket`;
    const client = new Client({ url, max: 1, log: quietLog });
    await client.sql`select 1`;
    process.kill(pid, 'SIGTERM'); // A smart shutdown waits for its clients, as for this one.
    await until(() => runningPostmaster(pgdata)?.stopping === true);
    const server = embedded();
    const starting = server.start();
    await until(() => said.includes('the last PostgreSQL still stops; waiting for it'));
    await client.end();
    await starting;
    expect(runningPostmaster(pgdata)!.pid).not.toBe(pid);
    expect(await answers(server)).toBe(true);
  });

  test('takes the place of a server that dies before it answers', async () => {
    const pid = await leaveServer();
    process.kill(pid, 'SIGSTOP');
    const server = embedded();
    const starting = server.start();
    await until(() => connectionsTo(runningPostmaster(pgdata)!.port) > 0);
    process.kill(pid, 'SIGKILL');
    await starting;
    expect(await answers(server)).toBe(true);
  });

  test('waits for an owner that stops, and says so', async () => {
    rmSync(pgdata, { recursive: true });
    const owner = await DirectoryLock.take(directory, quietLog, new AbortController().signal);
    owner.announceStop();
    const server = embedded();
    const starting = server.start();
    await until(() => said.includes('another Thicket stops in this directory'));
    expect(existsSync(pgdata)).toBe(false);
    await owner.release();
    await starting;
    expect(await answers(server)).toBe(true);
  });
});

describe('a stop', () => {
  test('ends an initialisation at once, and leaves nothing of it running', async () => {
    rmSync(pgdata, { recursive: true });
    const server = embedded();
    const starting = expect(server.start()).rejects.toThrow();
    await until(() => existsSync(`${pgdata}.new/base`));
    await server.stop();
    await starting;
    expect(existsSync(pgdata)).toBe(false);
    expect(processesOf(directory)).toEqual([]);
  });

  test('ends the wait for an owner that stops', async () => {
    const owner = await DirectoryLock.take(directory, quietLog, new AbortController().signal);
    owner.announceStop();
    const server = embedded();
    const starting = expect(server.start()).rejects.toThrow();
    await until(() => said.includes('another Thicket stops in this directory'));
    await server.stop();
    await starting;
    await owner.release();
  });

  test('ends the wait for a server that an earlier process left and that does not answer', async () => {
    const pid = await leaveServer();
    process.kill(pid, 'SIGSTOP');
    const server = embedded();
    const starting = expect(server.start()).rejects.toThrow();
    await until(() => connectionsTo(runningPostmaster(pgdata)!.port) > 0);
    const stopping = server.stop();
    process.kill(pid, 'SIGCONT'); // So that it can be stopped in order.
    await Promise.all([starting, stopping]);
    expect(isAlive(pid)).toBe(false);
  });
});

/** Connections to a port of this machine that are established, from whichever side. */
function connectionsTo(port: number): number {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} 01 `;
  return readFileSync('/proc/net/tcp', 'utf8').split(wanted).length - 1;
}
