/**
 * In a process of its own: a large batch through the product's scoring pool, with one thread and with two in
 * turns. Sending, sharing and answering are part of the time. Beside it what the machine has to give: the
 * rows scored natively by one thread, and by two that score a half each and share nothing but the forest.
 * Processor time of all threads, and the pages that a batch touches first, show where the time goes.
 *
 * node threads-ours.mjs SHAPE_FOLDER ROWS TURNS SECONDS
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { ScoringPool } from '../dist/src/batch/scoring-pool.js';
import { median } from './figures.mjs';
import { addon, encodeRows, openPackage, packageOf, timeRows } from './live.mjs';
import { readRows } from './rows.mjs';

const THREADS = [1, 2];
const NS_PER_MS = 1e6;
const NS_PER_US = 1e3;
const threadFile = new URL('../dist/src/batch/scoring-thread.js', import.meta.url);

const [folder, count, turns, seconds] = process.argv.slice(2);
const rows = Number(count);
const live = await openPackage(packageOf(folder));
const encoded = encodeRows(live, rows, readRows(folder));
const pools = THREADS.map((threads) => new ScoringPool({ threads, threadFile, addon }));
for (const pool of pools) await pool.start();
const halves = await startHalves();
let round = 0;
const ways = [
  ...pools.map((pool, at) => () => scoreAll(pool, spent[at])),
  () => timeRows(live, rows, encoded, 1)[0],
  () => scoreHalves(),
];
const nanos = ways.map(() => []);
const spent = pools.map(() => []);
for (const way of ways) await way(); // Threads start, and the forest comes into the caches.
for (let turn = 0; turn < Number(turns); turn++) {
  for (const [at, way] of ways.entries()) {
    const end = performance.now() + Number(seconds) * 1e3;
    do nanos[at].push(await way());
    while (performance.now() < end);
  }
}
const [one, two, nativeOne, nativeTwo] = nanos.map((each) => median(each) / rows);
for (const pool of pools) await pool.stop();
for (const { worker } of halves) await worker.terminate();
live.close();
const result = {
  rows,
  oneNsPerRow: one,
  twoNsPerRow: two,
  ratio: one / two,
  nativeRatio: nativeOne / nativeTwo,
  processor: spent.map((batches) => ({
    nsPerRow: median(batches.map((batch) => batch.nanos)) / rows,
    pageFaults: median(batches.map((batch) => batch.pageFaults)),
  })),
};
process.stdout.write(`${JSON.stringify(result)}\n`);

async function scoreAll(pool, batches) {
  const batch = {
    model: live.shared,
    rows,
    forestNsPerRow: live.forestNsPerRow,
    // The pool gives them away, so every call needs its own.
    numbers: encoded.numbers.slice(),
    codes: encoded.codes.slice(),
  };
  const before = process.resourceUsage();
  const start = performance.now();
  await pool.answer(batch);
  const taken = (performance.now() - start) * NS_PER_MS;
  const after = process.resourceUsage();
  batches.push({
    nanos: processorNanos(after) - processorNanos(before),
    pageFaults: after.minorPageFault - before.minorPageFault,
  });
  return taken;
}

function processorNanos({ userCPUTime, systemCPUTime }) {
  return (userCPUTime + systemCPUTime) * NS_PER_US;
}

async function startHalves() {
  const gate = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const [{ handle }] = live.shared.forests;
  const half = rows / 2;
  const started = [0, 1].map((at) => {
    const part = (values) => values.slice((at * values.length) / 2, ((at + 1) * values.length) / 2);
    const own = { numbers: part(encoded.numbers), codes: part(encoded.codes) };
    const worker = new Worker(new URL('half-thread.mjs', import.meta.url), {
      workerData: { handle, rows: half, ...own, threads: 2, gate },
    });
    return { worker, ready: once(worker, 'message') };
  });
  for (const { ready } of started) await ready;
  return started;
}

/** Nanoseconds of the half that took longer. */
async function scoreHalves() {
  round++;
  const answers = halves.map(({ worker }) => once(worker, 'message'));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window.
  for (const { worker } of halves) worker.postMessage(round);
  const taken = await Promise.all(answers);
  return Math.max(...taken.flat());
}
