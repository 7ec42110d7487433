import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { lockName } from './directory-lock.ts';

/** Columns of /proc/net/unix. */
const COLUMN = { flags: 3, inode: 6, path: 7 } as const;
/** __SO_ACCEPTCON: the socket listens. */
const LISTENS = 0x1_0000;

/**
 * The process that holds a directory's lock, as the kernel knows it: every user of the machine can listen under
 * the lock's name and answer with the number of another process. Null when the lock is free, or when its
 * holder belongs to another user or container.
 */
export function lockHolder(directory: string): number | null {
  const inode = inodeOf(lockName(directory).replaceAll('\0', '@'));
  if (inode === null) return null;
  const link = `socket:[${inode}]`;
  return processes().find((pid) => holds(pid, link)) ?? null;
}

function inodeOf(name: string): string | null {
  const rows = readFileSync('/proc/net/unix', 'utf8').split('\n');
  for (const row of rows) {
    const columns = row.trim().split(/\s+/);
    const listens = (Number.parseInt(columns[COLUMN.flags] ?? '0', 16) & LISTENS) !== 0;
    if (listens && columns[COLUMN.path] === name) return columns[COLUMN.inode]!;
  }
  return null;
}

function processes(): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

function holds(pid: number, link: string): boolean {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).some((fd) => linkAt(`${directory}/${fd}`) === link);
  } catch {
    return false; // It has ended, or is another user's.
  }
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
