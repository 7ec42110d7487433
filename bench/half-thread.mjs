/**
 * One of two threads that score at the same time and have nothing to do with each other but the forest: its
 * own rows, its own memory, the native clock. What two of these reach is the most that a pool can.
 *
 * `gate`: the number of the round that has begun, and how many threads have come to it.
 */
// oxlint-disable unicorn/require-post-message-target-origin -- threads, not windows.
import { parentPort, workerData } from 'node:worker_threads';

import { addon } from './live.mjs';

const { handle, rows, numbers, codes, threads } = workerData;
const gate = new Int32Array(workerData.gate);

// Once before it counts: scratch memory grows, and the forest comes into the caches.
addon.timeRows(handle, rows, numbers, codes, 1);
parentPort.on('message', (round) => {
  Atomics.add(gate, 0, 1);
  while (Atomics.load(gate, 0) < round * threads); // Asleep they would not start together.
  parentPort.postMessage(addon.timeRows(handle, rows, numbers, codes, 1)[0]);
});
parentPort.postMessage('ready');
