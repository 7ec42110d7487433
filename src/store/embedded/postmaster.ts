import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** The facts that a running server writes into `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** Line numbers in `postmaster.pid`, from 0. */
const LINE = { pid: 0, port: 3, status: 7 } as const;

/** The server that runs on this data directory now, or null: a pid file alone proves nothing. */
export function runningPostmaster(pgdata: string): Postmaster | null {
  const lines = linesOf(join(pgdata, 'postmaster.pid'));
  const pid = Number(lines[LINE.pid]);
  if (!Number.isInteger(pid) || pid <= 0 || !worksIn(pid, pgdata)) return null;
  const port = Number(lines[LINE.port] ?? 0);
  return { pid, port, ready: port > 0 && lines[LINE.status]?.trim() === 'ready' };
}

/** A server's working directory is its data directory: this detects a pid that another process has now. */
function worksIn(pid: number, pgdata: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(pgdata);
  } catch {
    return false;
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
