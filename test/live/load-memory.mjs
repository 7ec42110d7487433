/**
 * In a process of its own: what loading a package adds to the resident memory, and loading it once more in
 * the place of the first.
 *
 * node load-memory.mjs SMALL_PACKAGE LARGE_PACKAGE
 */
import { memoryBytes } from '../../bench/memory.mjs';
import { loadAddon } from '../../dist/src/forest/load.js';
import { readPackage } from '../../dist/src/model/package/package.js';
import { createLiveModel } from '../../dist/src/live/live-model.js';

const addon = loadAddon();
const [small, large] = process.argv.slice(2);
await open(small); // All code is loaded and has run.
const before = memoryBytes().now;
const first = await open(large);
const loaded = memoryBytes().now - before;
const second = await open(large);
first.close();
const replaced = memoryBytes().now - before;
const { bytes: forestBytes } = second.description;
process.stdout.write(JSON.stringify({ forestBytes, loaded, replaced }));

async function open(path) {
  return createLiveModel(await readPackage(path), { addon, extraFields: 'ignore', trees: 'given' });
}
