/**
 * A thread of threads.test.ts. It loads the addon by itself, as a scoring thread does.
 * `score`: scores the handle it was given until a message stops it, then releases it.
 * `churn`: builds forests, scores them, and releases every second one; the rest goes with the thread.
 */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const { addonFile, role, handle, spec, rows, numbers, codes, expected, stop } = workerData;
const addon = createRequire(import.meta.url)(addonFile);
const stopped = new Int32Array(stop);

function scoreOnce(forest) {
  const raw = new Float64Array(expected.length);
  addon.scoreRows(forest, rows, numbers, codes, raw);
  if (raw.some((value, at) => !Object.is(value, expected[at]))) {
    throw new Error(`scored ${raw.join()} instead of ${expected.join()}`);
  }
}

let turns = 0;
do {
  if (role === 'score') scoreOnce(handle);
  else {
    const built = addon.buildForest(spec);
    scoreOnce(built);
    if (turns % 2 === 0) addon.releaseForest(built);
  }
  turns += 1;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window.
  if (turns === 100) parentPort.postMessage('busy');
} while (Atomics.load(stopped, 0) === 0 || turns < 100);
if (role === 'score') addon.releaseForest(handle);
