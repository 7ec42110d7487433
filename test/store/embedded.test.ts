import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { Client } from '../../src/store/client.ts';
import { embeddedBinaries, restoreLinks } from '../../src/store/embedded/embedded-binaries.ts';
import { initialiseCluster } from '../../src/store/embedded/embedded-process.ts';
import { serverUser } from '../../src/store/embedded/embedded-user.ts';
import { EmbeddedPostgres } from '../../src/store/embedded/embedded.ts';
import { isAlive, runningPostmaster } from '../../src/store/embedded/postmaster.ts';
import { LOG_BYTES_MAX } from '../../src/store/embedded/server-log.ts';
import { startOwner } from '../support/embedded-owner.ts';
import { until } from '../support/outcomes.ts';
import { quietLog, startPostgres, type TestPostgres } from '../support/postgres.ts';

let directory: string;
let servers: EmbeddedPostgres[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'thicket-embedded-'));
  servers = [];
});

afterEach(async () => {
  for (const server of servers) await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

const embedded = (at = directory): EmbeddedPostgres => {
  const server = new EmbeddedPostgres({ directory: at, log: quietLog });
  servers.push(server);
  return server;
};

const postmaster = (): { pid: number; port: number } | null =>
  runningPostmaster(join(directory, 'postgres'));

async function ask(url: string, query: string): Promise<Record<string, unknown>> {
  const client = new Client({ url, max: 1, log: quietLog });
  try {
    return (await client.sql.unsafe(query))[0] ?? {};
  } finally {
    await client.end();
  }
}

describe('a server that runs', () => {
  let shared: TestPostgres;
  beforeAll(async () => {
    shared = await startPostgres();
  });
  afterAll(() => shared?.stop());

  test('commits for real: fsync, full pages and synchronous commits are on', async () => {
    for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
      expect(await ask(shared.url, `show ${name}`)).toEqual({ [name]: 'on' });
    }
    expect(await ask(shared.url, 'show server_encoding')).toEqual({ server_encoding: 'UTF8' });
  });

  test('writes a log that starts anew when it is long, and goes on with it', async () => {
    const path = join(shared.directory, 'postgres.log');
    truncateSync(path, LOG_BYTES_MAX + 1);
    await until(() => statSync(path).size <= LOG_BYTES_MAX);
    await expect(ask(shared.url, 'select nonsense')).rejects.toThrow('nonsense');
    await until(() => readFileSync(path, 'utf8').includes('column "nonsense" does not exist'));
    expect(statSync(path).size).toBeLessThan(LOG_BYTES_MAX);
  });

  test('asks for a password, kept where only its owner reads it, and listens on loopback', async () => {
    const url = new URL(shared.url);
    url.password = 'wrong';
    await expect(ask(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(shared.directory, 'postgres.password')).mode & 0o777).toBe(0o600);
    expect(await ask(shared.url, 'show listen_addresses')).toEqual({
      listen_addresses: '127.0.0.1',
    });
  });

  test('is not in our process group: the Ctrl-C of a terminal does not reach it', () => {
    const { pid } = runningPostmaster(join(shared.directory, 'postgres'))!;
    expect(processGroup(pid)).not.toBe(processGroup('self'));
  });
});

describe('the server', () => {
  test('keeps its data over a stop and a start', async () => {
    const first = embedded();
    await first.start();
    const { pid } = postmaster()!;
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    await first.stop();
    expect(isAlive(pid)).toBe(false);
    const second = embedded();
    await second.start();
    expect(await ask(second.url, 'select answer from kept')).toEqual({ answer: 42 });
  });

  test('that is killed is started again on its port', async () => {
    const server = embedded();
    await server.start();
    const { pid, port } = postmaster()!;
    process.kill(pid, 'SIGKILL');
    await until(() => (postmaster()?.pid ?? pid) !== pid);
    await until(async () => {
      const answer = await ask(server.url, 'select 1 as one').catch(() => null);
      return answer?.['one'] === 1;
    });
    expect(postmaster()!.port).toBe(port);
  });

  test('may be stopped before its start has ended', async () => {
    const server = embedded();
    const starting = expect(server.start()).rejects.toThrow();
    await server.stop();
    await starting;
    expect(postmaster()).toBeNull();
  });

  test('starts where an initialisation was interrupted', async () => {
    mkdirSync(join(directory, 'postgres.new/base'), { recursive: true });
    const server = embedded();
    await server.start();
    expect(existsSync(join(directory, 'postgres.new'))).toBe(false);
  });

  test('starts where a pid file names a process that is another', async () => {
    const first = embedded();
    await first.start();
    await first.stop();
    writeFileSync(
      join(directory, 'postgres/postmaster.pid'),
      `${process.pid}\n${directory}\n1\n5432\n\n\n\nready\n`,
    );
    expect(postmaster()).toBeNull();
  });
});

describe('one directory', () => {
  test('belongs to one Thicket: the refusal of a second one names the owner', async () => {
    await embedded().start();
    await expect(embedded().start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`(process ${process.pid}) already uses ${directory}`),
    });
    expect(postmaster()).not.toBeNull();
  });

  test('after a kill -9 of its owner is free, and its server is adopted as it runs', async () => {
    const { child, url } = await startOwner(directory);
    const { pid } = postmaster()!;
    await expect(embedded().start()).rejects.toMatchObject({
      message: expect.stringContaining(`(process ${child.pid})`),
    });
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect(isAlive(pid)).toBe(true);
    const heir = embedded();
    await heir.start();
    expect(postmaster()!.pid).toBe(pid);
    expect(heir.url).toBe(url);
    expect(await ask(heir.url, 'select 1 as one')).toEqual({ one: 1 });
    await heir.stop();
    expect(isAlive(pid)).toBe(false);
  });
});

describe('as root, below directories that only root may enter', () => {
  const root = process.geteuid?.() === 0;
  test.skipIf(!root)('the server runs, as another user (skipped when not root)', async () => {
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    await embedded(join(directory, 'deep/er')).start();
    const { pid } = runningPostmaster(join(directory, 'deep/er/postgres'))!;
    const [, uid] = /^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
    expect(Number(uid)).not.toBe(0);
  });

  test.skipIf(!root).each([
    { name: 'readable by all', mode: 0o755 },
    { name: 'executable by root alone, as an install under umask 077 leaves them', mode: 0o700 },
  ])('the programs too may lie there, $name (skipped when not root)', async ({ mode }) => {
    const { initdb, postgres } = embeddedBinaries();
    const copy = join(directory, 'native');
    cpSync(dirname(dirname(postgres)), copy, { recursive: true, verbatimSymlinks: true });
    const binaries = { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
    for (const path of Object.values(binaries)) chmodSync(path, mode);
    const pgdata = join(directory, 'data/postgres');
    mkdirSync(dirname(pgdata));
    const user = serverUser(binaries.postgres, pgdata, null);
    await initialiseCluster(binaries, user, { pgdata, superuser: 'x', password: 'y' });
    expect(readFileSync(join(pgdata, 'PG_VERSION'), 'utf8')).toBe('18\n');
    expect(existsSync(`${pgdata}.new.password`)).toBe(false);
    expect(existsSync(initdb)).toBe(true);
  });

  test.skipIf(!root)('nothing more is kept than is needed (skipped when not root)', () => {
    const { postgres } = embeddedBinaries();
    const open = mkdtempSync('/var/tmp/thicket-open-');
    chmodSync(open, 0o755);
    const user = serverUser(postgres, join(open, 'postgres'), null);
    rmSync(open, { recursive: true });
    const [program, ...rest] = user.prefix;
    const status = execFileSync(program!, [...rest, '/bin/cat', '/proc/self/status'], {
      encoding: 'utf8',
    });
    if (!user.prefix.some((argument) => argument.includes('caps'))) {
      expect(/^CapEff:\t(\d+)/m.exec(status)?.[1]).toMatch(/^0+$/);
    }
    expect(/^Uid:\t0/m.test(status)).toBe(false);
  });
});

test('library links that a blocked install step left out are made', () => {
  const root = join(directory, 'package');
  mkdirSync(join(root, 'native/lib'), { recursive: true });
  writeFileSync(join(root, 'native/lib/libicuuc.so.60.2'), 'library');
  writeFileSync(
    join(root, 'native/pg-symlinks.json'),
    '[{"source":"native/lib/libicuuc.so.60.2","target":"native/lib/libicuuc.so.60"}]',
  );
  restoreLinks(root);
  restoreLinks(root);
  expect(lstatSync(join(root, 'native/lib/libicuuc.so.60')).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(root, 'native/lib/libicuuc.so.60'), 'utf8')).toBe('library');
});

function processGroup(pid: number | 'self'): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[2]!;
}
