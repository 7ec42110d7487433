import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeEach, expect, test } from 'vitest';

import type { ForestHandle } from '../../src/forest/addon.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { SAMPLE_ROWS, sampleSpec } from './sample.ts';

const ADDON_FILE = join(import.meta.dirname, '../../build/Release/thicket.node');
const addon = loadAddon();
const TERMINATED_ROUNDS = 30;

beforeEach(() => {
  expect(addon.liveForests()).toBe(0);
});

function startThread(role: 'score' | 'churn', handle: ForestHandle | 0, stop: SharedArrayBuffer) {
  const worker = new Worker(new URL('thread.mjs', import.meta.url), {
    workerData: {
      addonFile: ADDON_FILE,
      role,
      handle,
      stop,
      spec: sampleSpec(),
      rows: SAMPLE_ROWS.rows,
      numbers: SAMPLE_ROWS.numbers,
      codes: SAMPLE_ROWS.codes,
      expected: SAMPLE_ROWS.raw,
    },
  });
  return { worker, busy: once(worker, 'message'), ended: once(worker, 'exit') };
}

test('threads score one forest while others load and unload theirs, and nothing is left', async () => {
  const stop = new SharedArrayBuffer(4);
  const handle = addon.buildForest(sampleSpec());
  const threads = (['score', 'churn', 'score', 'churn'] as const).map((role) => {
    if (role === 'score') addon.retainForest(handle);
    return startThread(role, role === 'score' ? handle : 0, stop);
  });
  await Promise.all(threads.map(({ busy }) => busy));
  // The sender lets go while the receivers are still scoring: their own uses keep the forest.
  addon.releaseForest(handle);
  Atomics.store(new Int32Array(stop), 0, 1);
  const exits = await Promise.all(threads.map(({ ended }) => ended));
  expect(exits).toEqual([[0], [0], [0], [0]]);
  expect(addon.liveForests()).toBe(0);
});

test('a thread that is terminated gives back what it built, and not what it was handed', async () => {
  // Where a call stands when its thread ends is chance: once in some hundred times it had ended us all.
  for (let round = 0; round < TERMINATED_ROUNDS; round++) await terminateInMidCall();
});

async function terminateInMidCall(): Promise<void> {
  const stop = new SharedArrayBuffer(4);
  const handle = addon.buildForest(sampleSpec());
  addon.retainForest(handle);
  const threads = [startThread('score', handle, stop), startThread('churn', 0, stop)];
  await Promise.all(threads.map(({ busy }) => busy));
  await Promise.all(threads.map(({ worker }) => worker.terminate()));
  expect(addon.liveForests()).toBe(1);
  addon.releaseForest(handle);
  expect(addon.describeForest(handle).trees).toBe(2); // The sender's other use, taken for the dead.
  addon.releaseForest(handle);
  expect(addon.liveForests()).toBe(0);
}

test('a use taken and given back around a call leaves the rest as it was', () => {
  const handle = addon.buildForest(sampleSpec());
  for (let turn = 0; turn < 3; turn++) {
    addon.retainForest(handle);
    addon.releaseForest(handle);
  }
  expect(addon.liveForests()).toBe(1);
  addon.releaseForest(handle);
  expect(addon.liveForests()).toBe(0);
});
