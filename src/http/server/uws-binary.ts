import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';

import type * as Uws from 'uWebSockets.js';

import { ThicketError } from '../../core/errors.ts';
import { RELEASES, type Release } from './uws-releases.ts';

/** The native module itself, without the JavaScript that its package lays around it. */
export interface UwsBinary {
  readonly uws: typeof Uws;
  /** A version of the table; null for the operator's own binary. */
  readonly version: string | null;
  readonly file: string;
  readonly sha256: string;
}

const BINARY_NAME = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;

const WAYS_OUT =
  'take Node 20, or a system with glibc 2.38 or newer (Debian 13, Ubuntu 24.04), ' +
  'or set THICKET_UWS_PATH to a uWebSockets.js of your own (docs/platforms.md)';

const requireFile = createRequire(import.meta.url);

/**
 * The operator's own binary, or the first release that loads on this machine. A binary is code of this
 * process, so a release is read and compared with the table before it is loaded.
 * @throws {ThicketError} SETUP_MISSING when none loads, or when a file differs from the tested one.
 */
export function loadUws(
  ownPath: string | null,
  releases: readonly Release[] = RELEASES,
): UwsBinary {
  if (ownPath !== null) return loadOwn(ownPath);
  const failures: string[] = [];
  for (const release of releases) {
    const found = findBinary(release);
    if (typeof found === 'string') {
      failures.push(`${release.version} ${found}`);
      continue;
    }
    const sha256 = digestOf(found.file);
    if (sha256 !== found.sha256) throw differs(release, found.file, sha256);
    try {
      return { uws: requireUws(found.file), version: release.version, file: found.file, sha256 };
    } catch (error) {
      failures.push(`${release.version} ${reasonOf(error)}`);
    }
  }
  throw new ThicketError(
    'SETUP_MISSING',
    `no uWebSockets.js loads on Node ${process.versions.node} here: ${failures.join('; ')}; ${WAYS_OUT}`,
  );
}

/** A folder with binaries under the names that their author gives them, or one binary. */
function loadOwn(path: string): UwsBinary {
  try {
    const file = statSync(path).isDirectory() ? join(path, BINARY_NAME) : path;
    return { sha256: digestOf(file), uws: requireUws(file), version: null, file };
  } catch (error) {
    throw new ThicketError(
      'SETUP_MISSING',
      `THICKET_UWS_PATH must be a binary of uWebSockets.js for Node ${process.versions.node}, ` +
        `or a folder with ${BINARY_NAME}, and ${path} is not: it ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** The binary for this process and its promised digest, or why there is none. */
function findBinary({ alias, digests }: Release): { file: string; sha256: string } | string {
  const entry = Object.entries(digests).find(([path]) => basename(path) === BINARY_NAME);
  if (entry === undefined) return 'has no binary for this Node';
  const [path, sha256] = entry;
  const file = (requireFile.resolve.paths(alias) ?? [])
    .map((folder) => join(folder, alias, path))
    .find((each) => existsSync(each));
  if (file === undefined) {
    return 'is not installed (npm installs it unless optional packages are omitted)';
  }
  return { file, sha256 };
}

function requireUws(file: string): typeof Uws {
  // Node would run a file of any other name as JavaScript.
  if (!file.endsWith('.node')) throw new Error('the name of a binary ends with .node');
  const uws = requireFile(file) as typeof Uws;
  if (typeof uws.App !== 'function') throw new Error('it exports no App');
  return uws;
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function differs({ version, alias }: Release, file: string, sha256: string): ThicketError {
  return new ThicketError(
    'SETUP_MISSING',
    `${file} is not the uWebSockets.js ${version} that was tested (its SHA-256 is ${sha256}): ` +
      `remove node_modules/${alias} and run "npm ci"`,
  );
}

/** Reads on after "it" or the version: the part of the loader's words that a user can act on. */
function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  const glibc = /`(GLIBC\w*_[\d.]+)' not found/.exec(words)?.[1];
  return glibc === undefined ? `does not load (${words})` : `needs ${glibc}`;
}
