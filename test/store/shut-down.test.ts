import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { DirectoryLock, ownerOf } from '../../src/store/embedded/directory-lock.ts';
import { lockHolder } from '../../src/store/embedded/lock-holder.ts';
import { isAlive, runningPostmaster } from '../../src/store/embedded/postmaster.ts';
import { shutDown } from '../../src/store/embedded/shut-down.ts';
import { startOwner } from '../support/embedded-owner.ts';
import { quietLog } from '../support/postgres.ts';
import { preparedDirectory } from '../support/prepared-directory.ts';
import { processesOf } from '../support/processes.ts';

let directory: string;
let said: string[];

beforeEach(async () => {
  directory = await preparedDirectory('thicket-shut-down-');
  said = [];
});
afterEach(() => {
  for (const pid of processesOf(directory)) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const down = (ownerMsMax: number) =>
  shutDown(directory, { log: quietLog, ownerMsMax, say: (what) => said.push(what) });

test('an owner that does not stop in time is named, with a way on', async () => {
  const { child } = await startOwner(directory);
  const gone = once(child, 'exit');
  child.kill('SIGSTOP');
  await expect(down(200)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `process ${child.pid} has not stopped within 0.2 s: end it by kill -9, then run this again`,
  });
  expect(said).toEqual([`stopping the Thicket that owns ${directory} (process ${child.pid})`]);
  child.kill('SIGKILL');
  await gone;
  const { pid } = runningPostmaster(join(directory, 'postgres'))!;
  expect(await down(200)).toEqual({ owner: null, postmaster: pid });
  expect(isAlive(pid)).toBe(false);
});

test('the holder of a lock is known from the kernel, and from itself', async () => {
  expect(lockHolder(directory)).toBeNull();
  expect(await ownerOf(directory)).toBeNull();
  const lock = await DirectoryLock.take(directory, quietLog, new AbortController().signal);
  expect(lockHolder(directory)).toBe(process.pid);
  expect(await ownerOf(directory)).toEqual({ pid: String(process.pid), stopping: false });
  lock.announceStop();
  expect(await ownerOf(directory)).toEqual({ pid: String(process.pid), stopping: true });
  await lock.release();
  expect(lockHolder(directory)).toBeNull();
});

test('a lock has the same name in every version of Node: it fills the whole address', async () => {
  const lock = await DirectoryLock.take(directory, quietLog, new AbortController().signal);
  const names = readFileSync('/proc/net/unix', 'utf8').match(/@thicket:\S*/g)!;
  expect(names.filter((name) => name.length !== 108)).toEqual([]);
  await lock.release();
});
