/**
 * In a process of its own: a large batch through the product's pool of scoring threads, with one thread
 * and with two in turns. The pool's splitting, sending and joining are part of the time.
 *
 * node threads-ours.mjs SHAPE_FOLDER ROWS TURNS SECONDS
 */
import { ScoringPool } from '../dist/src/batch/scoring-pool.js';
import { median } from './figures.mjs';
import { addon, encodeRows, openPackage, packageOf } from './live.mjs';
import { readRows } from './rows.mjs';

const THREADS = [1, 2];
const NS_PER_MS = 1e6;
const threadFile = new URL('../dist/src/batch/scoring-thread.js', import.meta.url);

const [folder, count, turns, seconds] = process.argv.slice(2);
const rows = Number(count);
const live = await openPackage(packageOf(folder));
const encoded = encodeRows(live, rows, readRows(folder));
const pools = THREADS.map((threads) => new ScoringPool({ threads, threadFile, addon }));
const nanos = THREADS.map(() => []);
for (const pool of pools) await scoreAll(pool); // Threads start, and the forest comes into the caches.
for (let turn = 0; turn < Number(turns); turn++) {
  for (const [at, pool] of pools.entries()) {
    const end = performance.now() + Number(seconds) * 1e3;
    do nanos[at].push(await scoreAll(pool));
    while (performance.now() < end);
  }
}
const [one, two] = nanos.map((each) => median(each) / rows);
for (const pool of pools) await pool.stop();
live.close();
process.stdout.write(
  `${JSON.stringify({ rows, oneNsPerRow: one, twoNsPerRow: two, ratio: one / two })}\n`,
);

async function scoreAll(pool) {
  const batch = {
    forests: live.forests,
    rows,
    numberSlots: encoded.numbers.length / rows,
    codeSlots: encoded.codes.length / rows,
    rawWidth: live.rawWidth,
    nsPerRow: live.nsPerRow,
    // The pool gives them away, so every call needs its own.
    numbers: encoded.numbers.slice(),
    codes: encoded.codes.slice(),
  };
  const start = performance.now();
  await pool.score(batch);
  return (performance.now() - start) * NS_PER_MS;
}
