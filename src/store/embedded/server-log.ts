import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Read to find out why the server ended: its last words, and no more than that. */
const TAIL_BYTES_MAX = 16 * 1024;

/** The system's own words for a machine that gives no more: they name no path and no address. */
const SYSTEM_FAULT =
  /No space left on device|Disk quota exceeded|Read-only file system|Input\/output error|Cannot allocate memory|Too many open files/g;

const LAST_WORDS = /(?:PANIC|FATAL): .*/g;

/** The server's log file, from a moment on: what it wrote before belongs to an earlier trouble. */
export class ServerLog {
  readonly path: string;
  #from = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** All that stands there now is read as settled. */
  mark(): void {
    this.#from = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The last of what was written since the mark. */
  tail(): string {
    const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    // The log starts anew when it has grown too long.
    const from = size < this.#from ? 0 : this.#from;
    const start = Math.max(from, size - TAIL_BYTES_MAX);
    if (size <= start) return '';
    const file = openSync(this.path, 'r');
    try {
      const bytes = Buffer.alloc(size - start);
      return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, start));
    } finally {
      closeSync(file);
    }
  }

  /** Why the system hindered the server, for everybody's eyes; null where it did not. */
  fault(): string | null {
    return this.tail().match(SYSTEM_FAULT)?.at(-1) ?? null;
  }

  /** The server's last words of an end that it did not want, for the operator's; null without any. */
  lastWords(): string | null {
    return this.tail().match(LAST_WORDS)?.at(-1) ?? null;
  }
}
