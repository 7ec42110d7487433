/** The product's own way from a package to a forest that scores, as the compiled product has it. */
import { join } from 'node:path';

import { loadAddon } from '../dist/src/forest/load.js';
import { readPackage } from '../dist/src/model/package/package.js';
import { createLiveModel } from '../dist/src/live/live-model.js';
import { kernelScorer } from '../dist/src/model/plan/scorers.js';
import { allocateRows } from '../dist/src/schema/encode.js';

export const addon = loadAddon();

/** Where a shape's package lies. */
export const packageOf = (folder) => join(folder, 'model.thicket');

/** @param {string} packagePath */
export async function openPackage(packagePath) {
  const model = await readPackage(packagePath);
  return createLiveModel(model, { addon, extraFields: 'ignore', trees: 'given' });
}

/** Raw scores of encoded rows, as every batch of the product gets them. */
export const scorerOf = (live) => kernelScorer(addon, live.shared).scoreFirst;

/** Rows as the addon takes them. @param {(at: number) => object} rowAt */
export function encodeRows(live, count, rowAt) {
  const buffers = allocateRows(live.schema.slots, count);
  for (let at = 0; at < count; at++) live.encode(live.validate(rowAt(at)), at, buffers);
  return buffers;
}

/** Nanoseconds of the native clock for `runs` runs over the first `rows` rows. */
export function timeRows(live, rows, { numbers, codes }, runs) {
  const [{ handle }] = live.shared.forests;
  return addon.timeRows(handle, rows, numbers, codes, runs);
}
