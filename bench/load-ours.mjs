/**
 * In a process of its own: from a package to the first prediction, and its cost in memory above
 * what Node takes by itself (measured before anything of ours is loaded).
 *
 * node load-ours.mjs SHAPE_FOLDER ROW_AS_JSON
 */
import { memoryBytes } from './memory.mjs';

const [folder, rowText] = process.argv.slice(2);
const row = JSON.parse(rowText);
const before = memoryBytes();
const { encodeRows, openPackage, packageOf, scorerOf } = await import('./live.mjs');

const start = performance.now();
const live = await openPackage(packageOf(folder));
const raw = new Float64Array(live.shape.rawWidth);
scorerOf(live)(
  1,
  encodeRows(live, 1, () => row),
  raw,
);
const loadMs = performance.now() - start;

const after = memoryBytes();
const result = {
  loadMs,
  nodeBytes: before.now,
  residentBytes: after.now - before.now,
  mostBytes: after.most - before.now,
  forestBytes: live.description.bytes,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
