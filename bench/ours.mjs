/**
 * Thicket as a contestant (see peers/peer.py for the protocol): the addon, called from JavaScript with
 * encoded rows, on one thread.
 *
 * node ours.mjs PACKAGE ROWS.json
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { encodeRows, openPackage, timeRows } from './live.mjs';

const RUNS_MIN = 3;
/** Runs of the native clock, whose figure stands beside JavaScript's. */
const NATIVE_RUNS = 3;
const NS_PER_MS = 1e6;

const [packagePath, rowsPath] = process.argv.slice(2);
const live = await openPackage(packagePath);
const rows = JSON.parse(readFileSync(rowsPath, 'utf8'));
const all = encodeRows(live, rows);
const single = rows.map((row) => encodeRows(live, [row]));
const raw = new Float64Array(rows.length * live.rawWidth);
const rawOfOne = new Float64Array(live.rawWidth);
let scored = 0;

const replies = { load, answers, one, batch };
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(replies[request.do](request))}\n`);
}
live.close();

function load() {
  const { kernel, kernelReason, bytes, columns, cutPoints } = live.description;
  const call = `scoreRows, kernel ${kernel}`;
  return { version: 'Thicket', call, kernelReason, bytes, columns, cutPoints };
}

/** Raw scores: the sums over the trees, before the head. A row alone must score as it does in a batch. */
function answers() {
  scoreAll();
  single.forEach((row, at) => {
    live.scoreRows(1, row, rawOfOne);
    if (!Object.is(rawOfOne[0], raw[at])) throw new Error(`row ${at} alone scores ${rawOfOne[0]}`);
  });
  return { answers: Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('base64') };
}

/** Calls on each row in turn, so that no row stays in the caches by itself. */
function one({ seconds }) {
  const nanos = measure(seconds, () => {
    const row = single[scored++ % single.length];
    const start = performance.now();
    live.scoreRows(1, row, rawOfOne);
    return (performance.now() - start) * NS_PER_MS;
  });
  return { nanos };
}

function batch({ seconds }) {
  const nativeNanos = [...timeRows(live, rows.length, all, NATIVE_RUNS)];
  const nanos = measure(seconds, () => {
    const start = performance.now();
    scoreAll();
    return (performance.now() - start) * NS_PER_MS;
  });
  return { nanos, nativeNanos };
}

function scoreAll() {
  live.scoreRows(rows.length, all, raw);
}

function measure(seconds, run) {
  const nanos = [];
  const end = performance.now() + seconds * 1e3;
  while (nanos.length < RUNS_MIN || performance.now() < end) nanos.push(run());
  return nanos;
}
