/** The real files that cases are made of, and what is inside of those that are packed. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../../scripts/steps.mjs';
import { unpack } from '../../../dist/src/import/unpack/unpack.js';

/** Larger files make slow cases, and have nothing in them that small ones have not. */
const FILE_BYTES_MAX = 1024 * 1024;
const FOLDERS = [
  'test/parity/sklearn/fixtures',
  'test/import/fixtures',
  '../shared/models/sklearn', // Models of strangers, where they are there at all.
];
const FILES = /\.(pkl|pickle|joblib|skops|gz|npy|z)$/;

/** Name and bytes of each, in one order on every machine that has the same files. */
export function readSources() {
  return FOLDERS.flatMap((folder) => filesIn(folder))
    .map((name) => ({ name, bytes: readFileSync(join(ROOT, name)) }))
    .map(({ name, bytes }) => ({ name, bytes, inner: unpack(bytes, 8 * FILE_BYTES_MAX) }));
}

function filesIn(folder) {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => FILES.test(name) && statSync(join(path, name)).size <= FILE_BYTES_MAX)
    .toSorted()
    .map((name) => join(folder, name));
}
