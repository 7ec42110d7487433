import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The facts that a running server writes into `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
  /** It has been asked to stop and ends soon: nothing connects to it any more. */
  readonly stopping: boolean;
}

/** Line numbers in `postmaster.pid`, from 0. */
const LINE = { pid: 0, port: 3, status: 7 } as const;

/** The server that runs on this data directory now, or null: a pid file alone proves nothing. */
export function runningPostmaster(pgdata: string): Postmaster | null {
  const lines = linesOf(pidFileOf(pgdata));
  const pid = pidIn(lines);
  if (pid === null || !worksIn(pid, pgdata)) return null;
  const port = Number(lines[LINE.port] ?? 0);
  const status = lines[LINE.status]?.trim();
  return { pid, port, ready: port > 0 && status === 'ready', stopping: status === 'stopping' };
}

/**
 * Removes a pid file whose process is no server of this directory. PostgreSQL itself refuses to start as long
 * as a process of that number exists, be it a zombie or another program. The caller holds the directory's
 * lock. Backends that outlived their server still keep a new one out, by the shared memory that they hold.
 * @returns False while the process ends: neither its directory nor its end can be seen.
 */
export function clearStalePidFile(pgdata: string): boolean {
  const path = pidFileOf(pgdata);
  const pid = pidIn(linesOf(path));
  // PostgreSQL removes the file of a process that is gone, and knows more to check then than we do.
  if (pid === null || !exists(pid) || runningPostmaster(pgdata) !== null) return true;
  if (isAlive(pid) && workingDirectoryOf(pid) === null && !isOfAnotherUser(pid)) return false;
  rmSync(path, { force: true });
  return true;
}

/** A process that has ended and waits for its parent to notice is not alive. */
export function isAlive(pid: number): boolean {
  const state = stateOf(pid);
  return state !== null && state !== 'Z' && state !== 'X';
}

/** A letter of proc(5), or null where there is no such process. */
function stateOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may itself hold any character.
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return null;
  }
}

function exists(pid: number): boolean {
  return stateOf(pid) !== null;
}

function isOfAnotherUser(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A server's working directory is its data directory: this detects a pid that another process has now. */
export function worksIn(pid: number, pgdata: string): boolean {
  const directory = workingDirectoryOf(pid);
  return directory !== null && directory === realPathOf(pgdata);
}

function workingDirectoryOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

function realPathOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function pidFileOf(pgdata: string): string {
  return join(pgdata, 'postmaster.pid');
}

function pidIn(lines: readonly string[]): number | null {
  const pid = Number(lines[LINE.pid]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
