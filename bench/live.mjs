/** The product's own way from a package to a forest that scores, as the compiled product has it. */
import { loadAddon } from '../dist/src/forest/load.js';
import { readPackage } from '../dist/src/model/package.js';
import { createLiveModel } from '../dist/src/registry/live-model.js';
import { allocateRows } from '../dist/src/schema/encode.js';

const addon = loadAddon();

/** @param {string} packagePath */
export async function openPackage(packagePath) {
  return createLiveModel(await readPackage(packagePath), { addon, extraFields: 'ignore' });
}

/** Raw rows as the addon takes them. @param {readonly object[]} rawRows */
export function encodeRows(live, rawRows) {
  const buffers = allocateRows(live.schema.slots, rawRows.length);
  rawRows.forEach((raw, at) => live.encode(live.validate(raw), at, buffers));
  return buffers;
}

/** Nanoseconds of the native clock for `runs` runs over the rows. */
export function timeRows(live, rows, buffers, runs) {
  return addon.timeRows(live.handle, rows, buffers.numbers, buffers.codes, runs);
}
