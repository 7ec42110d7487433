import { closeSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

/** Read to find out why the server ended: its last words, and no more than that. */
const TAIL_BYTES_MAX = 16 * 1024;

/**
 * The log starts anew above this: it is for the last days, not for ever, and on a full disk every attempt to
 * start writes to it.
 */
export const LOG_BYTES_MAX = 16 * 1024 * 1024;

/** Refusals of connections are fatal to those alone. */
const LAST_WORDS = /(?:PANIC|FATAL): +(?! |the database system is|terminating connection).*/g;

/** The system's own words for a machine that gives no more: they name no path and no address. */
const SYSTEM_FAULT =
  /No space left on device|Disk quota exceeded|Read-only file system|Input\/output error|Cannot allocate memory|Too many open files/;

/** The server's log file, from a moment on: what it wrote before belongs to an earlier trouble. */
export class ServerLog {
  readonly path: string;
  #from = 0;

  constructor(path: string) {
    this.path = path;
  }

  get bytes(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Starts anew where it has grown too long. A server that runs goes on at the file's end. */
  shorten(): void {
    if (this.bytes > LOG_BYTES_MAX) truncateSync(this.path);
  }

  /** Lines until now belong to a trouble that is over. */
  mark(): void {
    this.#from = this.bytes;
  }

  /** The end of what was written after so many bytes. */
  tail(after = this.#from): string {
    const size = this.bytes;
    // The log starts anew when it has grown too long.
    const from = size < after ? 0 : after;
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

  /** The system's reason for the end of the server, for everybody's eyes; null where it had none. */
  fault(): string | null {
    const words = this.tail().match(LAST_WORDS) ?? [];
    return (
      words.map((line) => SYSTEM_FAULT.exec(line)?.[0] ?? null).findLast((found) => found) ?? null
    );
  }

  /** The server's last words of an end that it did not want, for the operator's; null without any. */
  lastWords(): string | null {
    return this.tail().match(LAST_WORDS)?.at(-1) ?? null;
  }
}
