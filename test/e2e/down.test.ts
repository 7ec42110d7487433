import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { isAlive, runningPostmaster } from '../../src/store/embedded/postmaster.ts';
import { runCommand } from '../support/command.ts';
import { Instance } from '../support/instance.ts';
import { until } from '../support/outcomes.ts';
import { prepareDirectory } from '../support/prepared-directory.ts';
import { processesOf } from '../support/processes.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

let parent: string;
let directory: string;
let environment: Record<string, string>;

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'thicket-down-'));
  directory = join(parent, 'data');
  environment = { THICKET_DATA_DIR: directory, THICKET_DRAIN_DELAY_MS: '0' };
});
afterAll(() => {
  for (const pid of processesOf(directory)) process.kill(pid, 'SIGKILL');
  rmSync(parent, { recursive: true, force: true });
});

const down = () => runCommand(['down'], environment);
const postmasterPid = (): number => runningPostmaster(join(directory, 'postgres'))!.pid;

test('thicket down makes nothing where there was nothing, and says so', async () => {
  expect(await down()).toEqual({
    code: 0,
    stdout: `nothing runs in ${directory}\n`,
    stderr: '',
  });
  expect(existsSync(directory)).toBe(false);
});

test('thicket down stops the server in order, and its PostgreSQL', async () => {
  await prepareDirectory(directory);
  const instance = await Instance.start('up', environment);
  const pid = postmasterPid();
  const { code, stdout, stderr } = await down();
  expect(code).toBe(0);
  expect(stdout).toBe(
    `stopped Thicket (process ${instance.pid}) and PostgreSQL (process ${pid})\n`,
  );
  expect(stderr).toContain(`stopping the Thicket that owns ${directory}`);
  expect(await instance.ended()).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

test('thicket down stops the PostgreSQL that a killed server left, and a second one has nothing to do', async () => {
  await prepareDirectory(directory);
  const instance = await Instance.start('up', environment);
  await instance.kill();
  const pid = postmasterPid();
  expect(isAlive(pid)).toBe(true);
  const first = await down();
  expect(first).toMatchObject({ code: 0, stdout: `stopped PostgreSQL (process ${pid})\n` });
  expect(isAlive(pid)).toBe(false);
  expect(await down()).toMatchObject({ code: 0, stdout: `nothing runs in ${directory}\n` });
});

test('thicket down that is called wrongly ends with 2', async () => {
  expect(await runCommand(['down', 'everything'], environment)).toMatchObject({ code: 2 });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a command that is interrupted by %s leaves no PostgreSQL running',
  async (signal) => {
    const table = join(parent, `${signal}.csv`);
    execFileSync('mkfifo', [table]); // It is never written to: the command waits for its first line.
    const child = spawn(process.execPath, [MAIN, 'ingest', table], {
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    });
    const gone = once(child, 'exit');
    await until(() => runningPostmaster(join(directory, 'postgres'))?.ready === true);
    const pid = postmasterPid();
    child.kill(signal);
    expect(await gone).toEqual([null, signal]);
    expect(isAlive(pid)).toBe(false);
  },
);
