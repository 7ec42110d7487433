import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PACKAGE_ROOT } from '../../src/core/package-root.ts';
import { createLog } from '../../src/ops/log.ts';
import { EmbeddedPostgres } from '../../src/store/embedded/embedded.ts';

const TEMPLATES = join(PACKAGE_ROOT, '.cache/postgres');
/** A template of other files is another one. */
const MADE_FROM = [
  'package-lock.json',
  'src/store/embedded/embedded.ts',
  'src/store/embedded/embedded-process.ts',
];

/**
 * A temporary data directory in which PostgreSQL is set up as a first start does it, and does not run. The
 * set-up takes a second of a core and some sixty tests need its result, so they get copies of one.
 */
export async function preparedDirectory(prefix: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  await prepareDirectory(directory);
  return directory;
}

/** The same for a directory of one's own. */
export async function prepareDirectory(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  // Files keep their owners, which Node's own copy does not.
  execFileSync('cp', ['--archive', '--reflink=auto', `${await template()}/.`, directory]);
}

async function template(): Promise<string> {
  const files = MADE_FROM.map((file) => readFileSync(join(PACKAGE_ROOT, file)));
  const key = createHash('sha256').update(Buffer.concat(files)).digest('hex').slice(0, 16);
  const path = join(TEMPLATES, `${key}-${process.geteuid?.()}`);
  if (!existsSync(path)) await makeTemplate(path);
  return path;
}

/** Several test files may come here at once: the first one that is done makes it. */
async function makeTemplate(path: string): Promise<void> {
  mkdirSync(TEMPLATES, { recursive: true });
  const making = mkdtempSync(`${path}.`);
  const server = new EmbeddedPostgres({ directory: making, log: createLog('silent') });
  await server.start();
  await server.stop();
  rmSync(join(making, 'postgres.log'));
  try {
    renameSync(making, path);
  } catch (error) {
    rmSync(making, { recursive: true });
    if (!existsSync(path)) throw error;
  }
}
