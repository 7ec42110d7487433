import { statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { ThicketError } from '../../core/errors.ts';
import type { Log } from '../../ops/log.ts';
import { makeDirectory } from '../../ops/make-directory.ts';

/**
 * How long an owner that stops is waited for. With the default settings an orderly stop takes 35 s at most:
 * 5 s of drain delay, 10 s for replies, 5 s for commits, 15 s for PostgreSQL's checkpoint.
 */
const STOPPING_MS_MAX = 40_000;
const POLL_MS = 50;
/** An owner that does not say who it is within this is busy, or hangs. */
const ANSWER_MS_MAX = 1_000;
/** The size of a socket's address, `sun_path` in unix(7). */
const ADDRESS_BYTES = 108;
/** How an owner that has begun to stop ends its answer. */
const STOPPING = ' stopping';
const UNKNOWN = 'unknown';

export interface DirectoryOwner {
  /** As it says itself; `unknown` when it does not answer. */
  readonly pid: string;
  readonly stopping: boolean;
}

/**
 * One process in a data directory. The lock is a listening socket in Linux' abstract namespace, named by
 * the directory's device and inode: the kernel lets it go with the process, however that one ends, and
 * no stale file is ever left to be judged. It is seen within one network namespace (one container).
 */
export class DirectoryLock {
  readonly #server: Server;
  #stopping = false;

  private constructor() {
    this.#server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy()).unref();
      socket.end(`${process.pid}${this.#stopping ? STOPPING : ''}`);
    });
  }

  /**
   * Takes the directory, made if it is missing; waits for an owner that stops.
   * @throws {ThicketError} CONFIG_INVALID when another process owns it, or it cannot be made.
   */
  static async take(directory: string, log: Log, signal: AbortSignal): Promise<DirectoryLock> {
    makeDirectory(directory);
    const deadline = Date.now() + STOPPING_MS_MAX;
    for (let said = false; ;) {
      const lock = new DirectoryLock();
      if (await lock.#listen(lockName(directory))) return lock;
      const owner = await ownerOf(directory); // Null: it let go between our two looks.
      if (owner?.stopping === false || Date.now() > deadline) throw inUse(directory, owner);
      if (owner !== null && !said) {
        log.info(
          { pid: owner.pid },
          'another Thicket stops in this directory; waiting for its end',
        );
        said = true;
      }
      await delay(POLL_MS, undefined, { signal });
    }
  }

  /** From here on a start in the same directory waits for our end. */
  announceStop(): void {
    this.#stopping = true;
  }

  release(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #listen(path: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(false);
        else reject(error);
      });
      this.#server.listen({ path }, () => {
        this.#server.unref();
        resolve(true);
      });
    });
  }
}

/** The process that owns the directory now; null without one. */
export function ownerOf(directory: string): Promise<DirectoryOwner | null> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ path: lockName(directory) }).setEncoding('utf8');
    socket.setTimeout(ANSWER_MS_MAX, () => {
      answer = UNKNOWN;
      socket.destroy();
    });
    socket.on('data', (text: string) => (answer += text));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      // It ends in the middle of our question.
      if (answer === '') resolve(null);
      else resolve({ pid: answer.replace(STOPPING, ''), stopping: answer.endsWith(STOPPING) });
    });
  });
}

/**
 * The lock's name, as bind(2) takes it, of a directory that is there. Node 20 fills it up with zeros and later
 * versions do not: filled up here, it is the same name in all.
 */
export function lockName(directory: string): string {
  const { dev, ino } = statSync(directory);
  return `\0thicket:${dev}:${ino}`.padEnd(ADDRESS_BYTES, '\0');
}

function inUse(directory: string, owner: DirectoryOwner | null): ThicketError {
  const pid = owner?.pid ?? UNKNOWN;
  const sentence = owner?.stopping
    ? `another Thicket (process ${pid}) has not stopped within ${STOPPING_MS_MAX / 1_000} s and still uses ${directory}: end it, then start again`
    : `another Thicket (process ${pid}) already uses ${directory}: stop it, or set THICKET_DATA_DIR`;
  return new ThicketError('CONFIG_INVALID', sentence);
}
