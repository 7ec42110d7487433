import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { ThicketError } from '../core/errors.ts';

/** The user's own mask is applied to it. */
const FILE_MODE = 0o666;

/** Where the text of a command goes. */
export interface Output {
  readonly stream: Writable;
  /** Everything is written; only now is it in its place. */
  finish(): Promise<void>;
  /** It failed halfway: what was there before stays. */
  discard(): Promise<void>;
}

const STDOUT: Omit<Output, 'stream'> = {
  finish: () => Promise.resolve(),
  discard: () => Promise.resolve(),
};

/**
 * A file that takes its place when it is whole: until then an older one stays, and may even be what is
 * being read. Without a path it is stdout; a device or a pipe is written straight away.
 */
export async function openOutput(path?: string): Promise<Output> {
  if (path === undefined) return { stream: process.stdout, ...STDOUT };
  const target = await realpath(path).catch(() => path);
  const existing = await stat(target).catch(() => null);
  const isPlain = existing === null || existing.isFile();
  const written = isPlain
    ? join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`)
    : target;
  const stream = createWriteStream(written, { mode: existing?.mode ?? FILE_MODE });
  return {
    stream,
    async finish() {
      try {
        await finished(stream.end());
        if (isPlain) await rename(written, target);
      } catch (error) {
        throw notWritten(path, error);
      }
    },
    async discard() {
      await finished(stream.destroy()).catch(() => undefined);
      if (isPlain) await rm(written, { force: true });
    },
  };
}

/** Names the file as it was given. Of stdout the system's own words say enough. */
export function notWritten(path: string | undefined, cause: unknown): unknown {
  if (path === undefined || !(cause instanceof Error)) return cause;
  const sentence = `${path} cannot be written: ${cause.message}.`;
  return new ThicketError('TABLE_REFUSED', sentence, { cause });
}
