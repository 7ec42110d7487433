/**
 * A shape as the native bench reads it (native/bench/forest_file.h): what the addon is given to build,
 * encoded rows, and the source library's raw scores of them.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { ADDON_ARRAY_NAMES } from '../dist/src/forest/ensemble-arrays.js';
import { readPackage } from '../dist/src/model/package/package.js';
import { createLiveModel } from '../dist/src/live/live-model.js';
import { ROOT } from '../scripts/steps.mjs';
import { addon, encodeRows, packageOf } from './live.mjs';
import { doublesOf, readRows } from './rows.mjs';
import { measureAlone, setUpShape } from './set-up.mjs';

/** Every number and the start of every array is at a multiple of it. */
const WORD_BYTES = 8;

/** Rows that calls go through, so that no row comes back before the caches have forgotten it. */
const ROWS = 16_384;

/** The shape trained, imported and written. @returns {Promise<string>} the file */
export async function setUpForestFile(name) {
  const { folder } = setUpShape(name);
  const path = join(ROOT, '.cache/kernels', `${name}.forest`);
  measureAlone('import-ours.mjs', join(folder, 'pipeline.joblib'), packageOf(folder), name);
  await writeForestFile(folder, ROWS, path);
  return path;
}

async function writeForestFile(folder, rows, path) {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  try {
    // Within the call, because what is built from may be gone after it. The first forest is the one
    // that reads encoded rows.
    let isWritten = false;
    const buildForest = (spec) => {
      if (!isWritten) writeSpec(file, spec);
      isWritten = true;
      return addon.buildForest(spec);
    };
    const live = createLiveModel(await readPackage(packageOf(folder)), {
      addon: { ...addon, buildForest },
      extraFields: 'ignore',
    });
    const { numbers, codes } = encodeRows(live, rows, readRows(folder));
    const raw = doublesOf(readFileSync(join(folder, 'raw.f64')));
    writeNumbers(file, rows);
    for (const array of [numbers, codes, raw.subarray(0, rows * live.shape.rawWidth)]) {
      writeArray(file, array);
    }
    live.close();
  } finally {
    closeSync(file);
  }
}

function writeSpec(file, { numberSlots, codeSlots, features, ensemble }) {
  const { outputs, comparison, sums } = ensemble;
  writeNumbers(file, numberSlots, codeSlots, outputs, comparison, sums);
  const { kind, slot, stepStart, stepOp, stepOperand, tableStart, tableValues } = features;
  const ofFeatures = [kind, slot, stepStart, stepOp, stepOperand, tableStart, tableValues];
  const ofTrees = ADDON_ARRAY_NAMES.map((name) => ensemble[name]);
  for (const array of [...ofFeatures, ...ofTrees]) writeArray(file, array);
}

function writeNumbers(file, ...numbers) {
  writeSync(file, new Uint8Array(BigUint64Array.from(numbers, BigInt).buffer));
}

function writeArray(file, array) {
  writeNumbers(file, array.byteLength);
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  writeSync(file, new Uint8Array(-bytes.length & (WORD_BYTES - 1)));
}
