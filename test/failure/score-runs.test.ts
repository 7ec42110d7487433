import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { withGolden } from '../../src/import/load-model.ts';
import { writePackage } from '../../src/model/package/package.ts';
import { runCommand } from '../support/command.ts';
import { isRestarted, postmasterPid } from '../support/conservation.ts';
import { until } from '../support/outcomes.ts';
import { startPostgres, startStore, type TestPostgres } from '../support/postgres.ts';
import { tinyModel } from '../support/tiny-model.ts';

// Some forty processes start one after the other. No speed is promised: only a test that hangs is ended.
vi.setConfig({ testTimeout: 1_200_000 });

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const KILLS = 20;
/** Thirteen ranges. */
const ROWS = 100_000;
/** A restart of Postgres on a machine that others load. */
const RESTART_MS_MAX = 120_000;

const directory = mkdtempSync(join(tmpdir(), 'thicket-score-runs-'));
const packaged = join(directory, 'margin.thicket');
let database: TestPostgres;
let sql: postgres.Sql;
let environment: Record<string, string>;

beforeAll(async () => {
  database = await startPostgres();
  await (await startStore(database.url)).stop(); // Migrated.
  sql = postgres(database.url, { max: 2, onnotice: () => {} });
  await writePackage(packaged, withGolden(tinyModel()));
  environment = {
    DATABASE_URL: database.url,
    THICKET_MODELS: `calm=${packaged},killed=${packaged}`,
  };
  await sql`
    insert into raw_superstore (sales, quantity, segment)
    select at, 1 + at % 5, case at % 3 when 0 then 'Consumer' else 'Corporate' end
    from generate_series(1, ${ROWS}::int) as at`;
});
afterAll(async () => {
  await sql.end();
  await database.stop();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => sql`truncate predictions, score_runs, score_ranges`);

const score = (...args: string[]) => runCommand(['score', ...args], environment);

/** Each row has one outcome of the run, the one of the undisturbed run. */
async function expectWhole(run: number, calm: number): Promise<void> {
  const [compared] = await sql`
    select count(*)::int as outcomes, count(distinct this.raw_id)::int as rows,
      count(*) filter (where this.prediction = calm.prediction)::int as equal
    from predictions as this left join predictions as calm on calm.raw_id = this.raw_id and calm.run_id = ${calm}
    where this.run_id = ${run}`;
  expect(compared).toEqual({ outcomes: ROWS, rows: ROWS, equal: ROWS });
}

async function runsOf(model: string): Promise<{ id: string; state: string }[]> {
  return sql`select id, state from score_runs where model_name = ${model} order by id`;
}

describe('a run of score', () => {
  test('that is killed at twenty random moments gives each row the one outcome of an undisturbed run', async () => {
    const span = await workedFor(['--all', '--model', 'calm']);
    const args = ['--all', '--model', 'killed'];
    for (let kills = 0; kills < KILLS;) {
      // Every fourth while it still starts; else among its first ranges.
      const moment = Math.random() * (span / 4);
      if (await isKilled(args, kills % 4 === 3, moment)) kills++;
      // It was done before: the next one scores everything anew, and is gone on with by the same words.
      else if (!args.includes('--again')) args.push('--again');
    }
    expect(await score(...args)).toMatchObject({ code: 0 });
    const [calm] = await runsOf('calm');
    const runs = await runsOf('killed');
    expect(runs.length).toBeGreaterThan(0);
    for (const { id, state } of runs) {
      expect({ id, state }).toEqual({ id, state: 'done' });
      await expectWhole(Number(id), Number(calm!.id));
    }
  });

  test('that several processes work on gives each row one outcome, and each of them ends with 0', async () => {
    await score('--all', '--model', 'calm');
    const args = ['--all', '--model', 'killed', '--json'];
    const results = await Promise.all([score(...args), score(...args), score(...args)]);
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    const [calm] = await runsOf('calm');
    const [run, ...others] = await runsOf('killed');
    expect(others).toEqual([]);
    await expectWhole(Number(run!.id), Number(calm!.id));
  });

  test('goes on after a restart of Postgres, without an outcome twice', async () => {
    await score('--all', '--model', 'calm');
    const scoring = score('--all', '--model', 'killed', '--json');
    const holder = await holdLastRange();
    const postmaster = postmasterPid(database.directory);
    process.kill(postmaster, 'SIGINT'); // Postgres's fast shutdown: it ends the session that holds the range.
    await until(() => isRestarted(database.directory, postmaster), RESTART_MS_MAX);
    const { code, stdout } = await scoring;
    await holder.end({ timeout: 0 });
    expect({ code, totals: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      totals: { read: ROWS, stored: ROWS, refused: 0, named: [] },
    });
    const [calm] = await runsOf('calm');
    const [run] = await runsOf('killed');
    await expectWhole(Number(run!.id), Number(calm!.id));
  });
});

interface Started {
  readonly child: ChildProcess;
  /** It has said which run it works on. */
  readonly works: Promise<unknown>;
  readonly exit: Promise<unknown>;
}

function start(args: readonly string[]): Started {
  const child = spawn(process.execPath, [MAIN, 'score', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = once(child, 'exit');
  const works = Promise.race([exit, once(child.stderr, 'data')]);
  works.then(
    () => child.stderr.resume(),
    () => {},
  );
  return { child, works, exit };
}

/** Milliseconds from the first range of an undisturbed run to its end. */
async function workedFor(args: readonly string[]): Promise<number> {
  const { child, works, exit } = start(args);
  await works;
  const began = performance.now();
  await exit;
  expect(child.exitCode).toBe(0);
  return performance.now() - began;
}

/** @returns False where the command had ended by itself before. */
async function isKilled(
  args: readonly string[],
  whileStarting: boolean,
  ms: number,
): Promise<boolean> {
  const { child, works, exit } = start(args);
  if (!whileStarting) await works;
  await Promise.race([exit, delay(ms)]);
  if (child.exitCode === null) child.kill('SIGKILL');
  await exit;
  if (child.signalCode === 'SIGKILL') return true;
  expect(child.exitCode).toBe(0);
  return false;
}

/** Keeps the last range of the second run from its commit, until the session ends. */
async function holdLastRange(): Promise<postgres.Sql> {
  const [run] = await untilSome(() => runsOf('killed'));
  const holder = postgres(database.url, { max: 1, onnotice: () => {} });
  await holder`begin`;
  const [range] = await holder`
    select number from score_ranges
    where run_id = ${run!.id} and done_at is null order by number desc limit 1 for update`;
  expect(range, 'the run is not done yet').toBeDefined();
  return holder;
}

async function untilSome<Item>(read: () => Promise<Item[]>): Promise<Item[]> {
  let items: Item[] = [];
  await until(async () => (items = await read()).length > 0);
  return items;
}
