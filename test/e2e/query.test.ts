import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { CommandResult } from '../support/command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/query.mjs', import.meta.url));
let database: TestPostgres;

beforeAll(async () => {
  database = await startPostgres();
});
afterAll(() => database.stop());

function textOf(parts: unknown): string {
  return Buffer.concat(parts as Buffer[]).toString();
}

async function query(...args: string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { ...process.env, DATABASE_URL: database.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.toArray());
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout: textOf(await stdout), stderr: textOf(await stderr) };
}

test('rows are a table, also where there are none or two columns have one name', async () => {
  expect(await query("select 1 as a, 'x' as a")).toEqual({
    code: 0,
    stdout: 'a  a\n1  x\n',
    stderr: '',
  });
  expect((await query('select 1 as a where false')).stdout).toBe('a\n');
});

test('a statement without rows says what it did', async () => {
  expect((await query('create table t (n int)')).stdout).toBe('CREATE TABLE\n');
  expect((await query('insert into t values (1), (2)')).stdout).toBe('INSERT 2\n');
});

test('bad SQL is a sentence with its place, and no stack', async () => {
  const { code, stderr } = await query("select 'ü',\n  salez from raw_superstore");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^thicket: column "salez" does not exist \(42703\)\nline 2, column 3:\n/);
  expect(stderr).toContain('\n    salez from raw_superstore\n    ^\n');
  expect(stderr).not.toMatch(/^ +at /m);
});

test('two statements are refused with a sentence, and neither is run', async () => {
  const { code, stderr } = await query('create table one (n int); create table two (n int)');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'thicket: it takes one statement: call it once for each\n',
  });
  expect((await query("select to_regclass('one') as found")).stdout).toBe('found\n\n');
});

test('a large result is bounded by rows and by letters, and says so', async () => {
  const { code, stdout, stderr } = await query(
    "select n, repeat('x', 5000) as long from generate_series(1, 100000) as n",
  );
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(1_001);
  expect(lines[1]).toBe(`1     ${'x'.repeat(1_000)}...`);
  expect(stderr).toMatch(/^thicket: only the first 1,000 rows are shown/);
});

test.each([[[]], [['']], [['select', '1']]])('%j is called wrongly', async (args) => {
  const { code, stderr } = await query(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^thicket: usage: /);
});
