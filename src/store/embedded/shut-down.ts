import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ThicketError } from '../../core/errors.ts';
import type { Log } from '../../ops/log.ts';
import { sendSignal } from '../../ops/send-signal.ts';
import { DirectoryLock, ownerOf } from './directory-lock.ts';
import { endPostmaster } from './end-postmaster.ts';
import { lockHolder } from './lock-holder.ts';
import { runningPostmaster, worksIn } from './postmaster.ts';

const POLL_MS = 50;

/** Process numbers of what was stopped; null for what did not run. */
export interface Stopped {
  readonly owner: number | null;
  readonly postmaster: number | null;
}

/**
 * Stops all that runs on a data directory: first the process that owns it, in order, which stops its
 * PostgreSQL; then a PostgreSQL that an owner left behind.
 * @throws {ThicketError} CONFIG_INVALID when something does not stop, and says what helps.
 */
export async function shutDown(
  directory: string,
  options: { readonly log: Log; readonly ownerMsMax: number; readonly say: (what: string) => void },
): Promise<Stopped> {
  const { log, say } = options;
  if (!existsSync(directory)) return { owner: null, postmaster: null };
  const pgdata = join(directory, 'postgres');
  const before = runningPostmaster(pgdata)?.pid ?? null;
  const owner = await stopOwner(directory, options);
  const lock = await DirectoryLock.take(directory, log, new AbortController().signal);
  try {
    const left = runningPostmaster(pgdata)?.pid ?? null;
    if (left === null) return { owner, postmaster: owner === null ? null : before };
    say(`stopping PostgreSQL (process ${left})`);
    const server = { pid: left, runs: () => worksIn(left, pgdata) };
    if (await endPostmaster(server, log)) return { owner, postmaster: left };
    throw new ThicketError(
      'CONFIG_INVALID',
      `PostgreSQL (process ${left}) in ${directory} does not stop: end it by kill -9, then run this again`,
    );
  } finally {
    await lock.release();
  }
}

async function stopOwner(
  directory: string,
  { say, ownerMsMax }: { readonly say: (what: string) => void; readonly ownerMsMax: number },
): Promise<number | null> {
  if ((await ownerOf(directory)) === null) return null;
  const pid = lockHolder(directory);
  if (pid === null) {
    throw new ThicketError(
      'CONFIG_INVALID',
      `a Thicket of another user or container owns ${directory}: stop it where it runs`,
    );
  }
  say(`stopping the Thicket that owns ${directory} (process ${pid})`);
  askToStop(pid);
  const deadline = Date.now() + ownerMsMax;
  while (lockHolder(directory) === pid) {
    if (Date.now() > deadline) {
      throw new ThicketError(
        'CONFIG_INVALID',
        `process ${pid} has not stopped within ${ownerMsMax / 1_000} s: end it by kill -9, then run this again`,
      );
    }
    await delay(POLL_MS);
  }
  return pid;
}

function askToStop(pid: number): void {
  try {
    sendSignal(pid, 'SIGTERM');
  } catch (cause) {
    throw new ThicketError(
      'CONFIG_INVALID',
      `process ${pid} belongs to another user: stop it as that user`,
      { cause },
    );
  }
}
