import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { ThicketError } from '../core/errors.ts';

/**
 * Makes a directory and those above it. Node's own recursive way (Node 20 to 24) never ends below /proc,
 * where the kernel says ENOENT for a directory whose parent exists.
 * @throws {ThicketError} CONFIG_INVALID when it cannot be made.
 */
export function makeDirectory(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  try {
    for (const each of missing.toReversed()) makeOne(each);
    if (!statSync(path).isDirectory()) throw new Error(`${path} is no directory`);
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/** @param cause What the system said of the directory, or of a file in it. */
export function unusable(directory: string, cause: unknown): ThicketError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new ThicketError(
    'CONFIG_INVALID',
    `the data directory ${directory} cannot be used (${said}): set THICKET_DATA_DIR to a place that can be written`,
    { cause },
  );
}

function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
