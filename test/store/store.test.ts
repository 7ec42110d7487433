import { spawnSync } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';

import postgresClient from 'postgres';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { copyLine, copyLines } from '../../src/store/copy.ts';
import { freePort } from '../../src/store/embedded/embedded-process.ts';
import { migrate, MIGRATION_LOCK, readMigrations } from '../../src/store/migrate.ts';
import { DAYS_AHEAD, ensurePartitions } from '../../src/store/partitions.ts';
import { Store } from '../../src/store/store.ts';
import { until } from '../support/outcomes.ts';
import {
  quietLog,
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let postgres: TestPostgres;
let store: Store;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
}, STORE_READY_MS_MAX);

afterAll(async () => {
  await store?.stop();
  await postgres?.stop();
});

async function freshDatabase(name: string): Promise<string> {
  await store.query((sql) => sql`create database ${sql(name)}`);
  const url = new URL(postgres.url);
  url.pathname = name;
  return url.href;
}

describe('connecting', () => {
  test('a store that is absent at the start is waited for, and says why; the log has its address', async () => {
    const port = await freePort();
    const url = new URL(postgres.url);
    url.port = String(port);
    let said = '';
    const log = pino({}, { write: (line: string) => void (said += line) });
    const early = new Store({ url: url.href, poolSize: 2, log });
    await early.start();
    await until(() => early.status().reason === 'the connection was refused');
    expect(said).toContain(`ECONNREFUSED 127.0.0.1:${port}`);
    expect(early.status().connected).toBe(false);
    await expect(early.query((sql) => sql`select 1`)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: 'Postgres is not available: the connection was refused',
    });
    const late = await TcpProxy.start(postgres.url, port);
    await early.ready(10_000); // The client's own backoff would come to 20 s.
    expect(early.status()).toEqual({ connected: true, reason: '' });
    await early.stop();
    await late.stop();
  });

  test('a refused password is a reason, without user and password', async () => {
    const url = new URL(postgres.url);
    url.password = 'topsecret';
    const locked = new Store({ url: url.href, poolSize: 1, log: quietLog });
    await locked.start();
    await until(() => locked.status().reason === 'it refuses the login');
    await expect(locked.ready(10)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await locked.stop();
  });

  test('stops twice, before it was started, and refuses from then on', async () => {
    const stopped = new Store({ url: postgres.url, poolSize: 1, log: quietLog });
    await stopped.stop();
    await stopped.stop();
    await stopped.start();
    expect(stopped.status()).toEqual({ connected: false, reason: 'stopped' });
  });

  test('connections that are cut are noticed at once and replaced, under queries', async () => {
    const proxy = await TcpProxy.start(postgres.url);
    const far = await startStore(proxy.url(postgres.url));
    for (let times = 0; times < 20; times++) {
      const queries = Array.from({ length: 20 }, () => far.query((sql) => sql`select 1 as one`));
      // Before any wait: a query that fails in the meantime would be a rejection without a handler.
      const settled = Promise.allSettled(queries);
      if (times % 2 === 0) await nextTurn();
      proxy.pass();
      for (const { status, ...rest } of await settled) {
        if (status === 'rejected') expect(rest).toMatchObject({ reason: { status: 503 } });
      }
      await until(() => far.status().connected);
      await until(() =>
        far
          .query((sql) => sql`select 1 as one`)
          .then(
            () => true,
            () => false,
          ),
      );
    }
    await far.stop();
    await proxy.stop();
  });
});

describe('queries', () => {
  test('int8 and float8 come as numbers, exactly', async () => {
    const [row] = await store.query(
      (sql) => sql`select 9007199254740991::int8 as id, 0.1::float8 + 0.2::float8 as sum`,
    );
    expect(row).toEqual({ id: Number.MAX_SAFE_INTEGER, sum: 0.1 + 0.2 });
  });

  test('a late one is STORE_UNAVAILABLE, and its neighbours go on', async () => {
    const late = store.query((sql) => sql`select pg_sleep(1)`, 50);
    const neighbour = store.query((sql) => sql`select pg_sleep(0.2), 7 as seven`);
    await expect(late).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await neighbour)[0]).toMatchObject({ seven: 7 });
  });

  test('an answer that came while this thread was busy is not late', async () => {
    const answer = store.query((sql) => sql`select 7 as seven`, 200);
    await nextTurn(); // It is on its way.
    await nextTurn();
    const end = Date.now() + 400;
    while (Date.now() < end);
    expect((await answer)[0]).toEqual({ seven: 7 });
  });

  test('a wrong one is an error of its own', async () => {
    await expect(store.query((sql) => sql`select nonsense`)).rejects.toMatchObject({
      code: '42703',
    });
  });
});

describe('transactions', () => {
  beforeAll(async () => {
    await store.query((sql) => sql`create table facts (n integer unique)`);
  });

  test('commit all or nothing', async () => {
    await store.transaction(async (tx) => {
      await tx`insert into facts values (1)`;
      await tx`insert into facts values (2)`;
    });
    const failed = store.transaction(async (tx) => {
      await tx`insert into facts values (3)`;
      await tx`insert into facts values (1)`;
    });
    await expect(failed).rejects.toMatchObject({ code: '23505' });
    expect(await facts()).toEqual([1, 2]);
  });

  test('in which an error was swallowed are no success', async () => {
    const swallowed = store.transaction(async (tx) => {
      await tx`insert into facts values (4)`;
      await tx`insert into facts values (4)`.catch(() => {});
    });
    await expect(swallowed).rejects.toThrow('rolled back');
    expect(await facts()).not.toContain(4);
  });

  test('are cut at their deadline, and leave nothing behind', async () => {
    const late = store.transaction(async (tx) => {
      await tx`insert into facts values (5)`;
      await tx`select pg_sleep(30)`;
    }, 100);
    await expect(late).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await facts()).not.toContain(5);
  });

  test('whose backend is killed fail, the next ones do not, and the process lives', async () => {
    for (let times = 0; times < 20; times++) {
      const killed = store.transaction(async (tx) => {
        const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await store.query((sql) => sql`select pg_terminate_backend(${row!.pid}::int)`);
        if (times % 2 === 0) await nextTurn();
        await tx`insert into facts values (6)`;
      });
      await expect(killed).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await store.transaction(async (tx) => tx`insert into facts values (${100 + times})`);
    }
    expect(await facts()).toHaveLength(22);
  });

  test('that outlive their connection never go on over another', async () => {
    await store.query((sql) => sql`create table parts (n integer)`);
    const goesOn = store.transaction(async (tx) => {
      const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await tx`insert into parts values (0)`;
      const pipelined = Array.from({ length: 300 }, (_, n) => tx`insert into parts values (${n})`);
      const killed = store.query((sql) => sql`select pg_terminate_backend(${row!.pid}::int)`);
      await Promise.allSettled([...pipelined, killed]);
      for (let n = 0; n < 10; n++) {
        await tx`insert into parts values (1)`.catch(() => {});
        await nextTurn();
      }
    });
    await expect(goesOn).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const [row] = await store.query((sql) => sql`select count(*) as parts from parts`);
    expect(row!['parts']).toBe(0);
  });

  test('beyond the number of connections wait for their turn', async () => {
    const all = Array.from({ length: 20 }, (_, at) =>
      store.transaction((tx) => tx`select ${at}::int as at`.then(([row]) => row!['at'] as number)),
    );
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });
});

describe('migrations', () => {
  test('of two instances that start at once are applied once', async () => {
    const url = await freshDatabase('twice');
    const both = await Promise.all([startStore(url), startStore(url)]);
    const rows = await both[0].query(
      (sql) => sql`select number from thicket_migrations order by 1`,
    );
    expect(rows.map((row) => row['number'])).toEqual(readMigrations().map(({ number }) => number));
    for (const each of both) await each.stop();
  });

  test('that wait for a lock do not hide that the network is gone; they come with the network', async () => {
    const url = await freshDatabase('waiting');
    const other = postgresClient(url, { max: 1 });
    await other`select pg_advisory_lock(${MIGRATION_LOCK})`;
    const proxy = await TcpProxy.start(url);
    const waiting = new Store({ url: proxy.url(url), poolSize: 1, log: quietLog });
    await waiting.start();
    await until(async () => {
      const [found] = await other`select from pg_locks
        where locktype = 'advisory' and objid = ${MIGRATION_LOCK} and not granted`;
      return found !== undefined;
    });
    proxy.swallow();
    await until(() => waiting.status().reason.startsWith('Postgres did not answer within'));
    await other`select pg_advisory_unlock(${MIGRATION_LOCK})`;
    proxy.pass();
    await waiting.ready(STORE_READY_MS_MAX);
    const made = await waiting.query((sql) => sql`select number from thicket_migrations`);
    expect(made).toHaveLength(readMigrations().length);
    await waiting.stop();
    await Promise.all([other.end(), proxy.stop()]);
  });

  test('that were changed after they were applied are refused', async () => {
    const [first, ...others] = readMigrations();
    const changed = [{ ...first!, digest: 'other' }, ...others];
    await expect(store.transaction((tx) => migrate(tx, changed))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('in another wording'),
    });
  });

  test('that fail leave nothing of themselves', async () => {
    const next = readMigrations().length + 1;
    const text = 'create table half (n integer); select nonsense;';
    const broken = [...readMigrations(), { number: next, name: 'x.sql', text, digest: 'x' }];
    await expect(store.transaction((tx) => migrate(tx, broken))).rejects.toThrow('nonsense');
    const [row] = await store.query((sql) => sql`select to_regclass('half') as half`);
    expect(row!['half']).toBeNull();
  });
});

describe('partitions', () => {
  test('of today and the next days are there after the start, and a default one', async () => {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    expect(await partitions()).toContain(`predictions_${day}`);
    expect(await partitions()).toContain('predictions_default');
    expect((await partitions()).length).toBeGreaterThanOrEqual(DAYS_AHEAD + 2);
  });

  test('of a late day take over what the default one caught', async () => {
    await store.query(
      (sql) => sql`insert into predictions (model_name, model_version, target, created_at) values
        ('m', '1', 't', '2031-05-01 00:00+00'), ('m', '1', 't', '2031-05-03 23:59:59.999+00'),
        ('m', '1', 't', '2031-05-04 00:00+00')`,
    );
    const made = await Promise.all([
      store.transaction((tx) => ensurePartitions(tx, new Date('2031-05-01T12:00:00Z'))),
      store.transaction((tx) => ensurePartitions(tx, new Date('2031-05-01T12:00:00Z'))),
    ]);
    expect(made.flat()).toHaveLength(DAYS_AHEAD + 1);
    const rows = await store.query(
      (sql) => sql`select tableoid::regclass::text as part from predictions
        where created_at > '2031-01-01' order by created_at`,
    );
    expect(rows.map((row) => row['part'])).toEqual([
      'predictions_20310501',
      'predictions_20310503',
      'predictions_default',
    ]);
  });
});

describe('COPY', () => {
  const target = { table: 'copied', columns: ['n', 'word'] };
  beforeAll(async () => {
    await store.query((sql) => sql`create table copied (n integer, word text)`);
  });

  test('is proved: a row that the server refuses fails the whole, in every position', async () => {
    for (const at of [0, 1, 4_999, 9_999]) {
      const lines = Array.from({ length: 10_000 }, (_, n) =>
        copyLine([n === at ? 'not a number' : n, 'word']),
      );
      await expect(store.transaction((tx) => copyLines(tx, target, lines))).rejects.toThrow();
    }
    expect(await store.query((sql) => sql`select from copied`)).toHaveLength(0);
  });

  test('whose source fails stores nothing, and says what failed', async () => {
    await expect(store.transaction((tx) => copyLines(tx, target, brokenLines()))).rejects.toThrow(
      'the source broke',
    );
    expect(await store.query((sql) => sql`select from copied`)).toHaveLength(0);
  });

  test('of nothing is nothing', async () => {
    expect(await store.transaction((tx) => copyLines(tx, target, []))).toBe(0);
  });
});

describe('what the client does without our guards (postgres 3.4.9)', () => {
  // When one of these fails, the package has been mended, and its guard may go.
  test('a refused COPY is reported as a success', async () => {
    await store.query((sql) => sql`create table unguarded (n integer)`);
    const sql = postgresClient(postgres.url, { max: 1, fetch_types: false, onnotice: () => {} });
    const stream = await sql`copy unguarded from stdin`.writable();
    const finished = new Promise((resolve) => {
      stream.on('finish', () => resolve('finish'));
      stream.on('error', () => resolve('error'));
    });
    stream.end('not a number\n');
    await nextTurn();
    await sql`select 1`.catch(() => {});
    await sql`select 1`.catch(() => {});
    expect(await finished).toBe('finish');
    expect(await sql`select * from unguarded`).toHaveLength(0);
    await sql.end();
  });

  test('a transaction whose backend is killed ends the process', () => {
    const program = `
      import postgres from 'postgres';
      import { setTimeout as delay } from 'node:timers/promises';
      const options = { max: 1, fetch_types: false };
      const killer = postgres(process.argv[1], options);
      // The crash is a race between the socket's end and the next statement, and a transaction may
      // hang instead: one crash in many turns is enough.
      for (let turn = 0; turn < 40; turn++) {
        const sql = postgres(process.argv[1], options);
        const transaction = sql.begin(async (tx) => {
          const [{ pid }] = await tx\`select pg_backend_pid() as pid\`;
          await killer\`select pg_terminate_backend(\${pid})\`;
          await tx\`select 1\`;
        }).catch(() => {});
        await Promise.race([transaction, delay(250)]);
      }
      setTimeout(() => process.exit(0), 500);`;
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', program, postgres.url],
      { encoding: 'utf8', timeout: 240_000 },
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain("Cannot read properties of null (reading 'write')");
  });
});

async function facts(): Promise<unknown[]> {
  const rows = await store.query((sql) => sql`select n from facts order by n`);
  return rows.map((row) => row['n']);
}

async function partitions(): Promise<string[]> {
  const rows = await store.query(
    (sql) => sql<{ name: string }[]>`select inhrelid::regclass::text as name from pg_inherits
      where inhparent = 'predictions'::regclass order by name`,
  );
  return rows.map(({ name }) => name);
}

function* brokenLines(): Generator<string> {
  for (let n = 0; n < 5_000; n++) yield copyLine([n, 'word']);
  throw new Error('the source broke');
}
