import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { writePackage } from '../../src/model/package/package.ts';
import { completeModel } from '../support/complete-model.ts';
import { tinyModel } from '../support/tiny-model.ts';

/** Two million inner nodes: their arrays are far larger than the garbage that may wait for its collection. */
const TREES = 32;
const DEPTH = 16;
/** Of two loads: for each the window of 4 MB through which it is read, the 1 MB of its digest, and objects. */
const GARBAGE_BYTES_MAX = 16 * 1024 * 1024;

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
  await writePackage(large, completeModel(TREES, DEPTH));
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
  expect(loaded).toBeLessThan(forestBytes! + GARBAGE_BYTES_MAX);
  expect(replaced).toBeLessThan(forestBytes! + GARBAGE_BYTES_MAX);
});
