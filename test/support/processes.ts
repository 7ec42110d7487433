import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

import { isAlive } from '../../src/store/embedded/postmaster.ts';

/**
 * The processes that belong to a data directory: they were started with its name in their environment or
 * arguments, or they work in it. PostgreSQL's own say it by their working directory alone.
 */
export function processesOf(directory: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && isAlive(pid))
    .filter((pid) => belongsTo(pid, directory));
}

/** The command line of a process, with spaces between its arguments. */
export function commandOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

function belongsTo(pid: number, directory: string): boolean {
  const told = ['cmdline', 'environ'].some((file) =>
    textOf(`/proc/${pid}/${file}`).includes(directory),
  );
  return told || workingDirectoryOf(pid).startsWith(directory);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // It has ended, or is another user's.
  }
}

function workingDirectoryOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
