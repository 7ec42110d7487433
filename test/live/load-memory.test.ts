import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Ensemble, Model } from '../../src/model/model.ts';
import { writePackage } from '../../src/model/package/package.ts';
import { tinyModel } from '../support/tiny-model.ts';

/** Two million inner nodes: their arrays are far larger than the garbage that may wait for its collection. */
const TREES = 32;
const DEPTH = 16;

const compiled = new URL('../../dist/src/live/live-model.js', import.meta.url);
let directory: string;

beforeAll(() => {
  if (!existsSync(compiled)) throw new Error('the product is not compiled: npm run build');
  directory = mkdtempSync(join(tmpdir(), 'thicket-memory-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('what a package was read into is given back at every load, and only the forest stays', async () => {
  const [small, large] = [join(directory, 'small.thicket'), join(directory, 'large.thicket')];
  await writePackage(small, tinyModel());
  await writePackage(large, largeModel());
  const child = new URL('load-memory.mjs', import.meta.url).pathname;
  const { stdout, stderr } = spawnSync(process.execPath, [child, small, large], {
    encoding: 'utf8',
    // The size of the forest depends on the kernel, and the tuner's choice on the other work of the machine.
    env: { ...process.env, THICKET_KERNEL: 'portable' },
  });
  expect(stderr).toBe('');
  const { forestBytes, loaded, replaced } = JSON.parse(stdout) as Record<string, number>;
  const { size: packageBytes } = statSync(large);
  expect(forestBytes).toBeGreaterThan(packageBytes / 4);
  expect(loaded).toBeLessThan(forestBytes! + packageBytes / 2);
  expect(replaced).toBeLessThan(forestBytes! + packageBytes / 2);
});

/** The tiny model with complete trees: node i has the children 2 i + 1 and 2 i + 2. */
function largeModel(): Model {
  const model = tinyModel();
  return { ...model, ensembles: [completeTrees(model.ensembles[0]!)] };
}

function completeTrees(ensemble: Ensemble): Ensemble {
  const inner = 2 ** DEPTH - 1;
  const nodes = Array.from({ length: TREES * inner }, (_, at) => at);
  // Those of the last level have leaves, of which a tree has one more than inner nodes.
  const child = (node: number, side: number): number => {
    const tree = Math.floor(node / inner);
    const below = 2 * (node % inner) + 1 + side;
    return below < inner ? tree * inner + below : ~(tree * (inner + 1) + below - inner);
  };
  return {
    ...ensemble,
    roots: Int32Array.from({ length: TREES }, (_, tree) => tree * inner),
    feature: Uint32Array.from(nodes, (node) => node % 2),
    threshold: Float64Array.from(nodes, (node) => (node * 7_919) % 30_011),
    left: Int32Array.from(nodes, (node) => child(node, 0)),
    right: Int32Array.from(nodes, (node) => child(node, 1)),
    missingLeft: new Uint8Array(nodes.length),
    visits: Float64Array.from(nodes, (node) => 1 + (node % 97)),
    leafValues: Float64Array.from({ length: TREES * (inner + 1) }, (_, leaf) => leaf % 1_009),
  };
}
