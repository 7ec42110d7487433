/**
 * Thicket as a contestant (see peers/peer.py for the protocol): the addon, called from JavaScript with
 * encoded rows, on one thread.
 *
 * node ours.mjs SHAPE_FOLDER ROWS
 */
import { answersOf } from '../dist/src/model/plan/head.js';
import { encodeRows, openPackage, packageOf, scorerOf, timeRows } from './live.mjs';
import { readRows } from './rows.mjs';
import { base64Of, preparedBlocks, serve, timeCalls } from './serve.mjs';

/** Runs of the native clock, whose figure stands beside JavaScript's. */
const NATIVE_RUNS = 3;
/** Sizes of blocks that must be answered as one whole batch is. */
const CHECKED_BLOCKS = [1, 64, 1_024];

const [folder, count] = process.argv.slice(2);
const live = await openPackage(packageOf(folder));
const { rawWidth } = live.shape;
const scoreRows = scorerOf(live);
const rows = Number(count);
const all = encodeRows(live, rows, readRows(folder));
const raw = new Float64Array(rows * rawWidth);
const blocks = preparedBlocks((first, size) => prepare(first, size).score);

await serve({ load, answers, time });
live.close();

function load() {
  const { kernel, batchKernel, batchRowsMin, kernelReason, bytes, columns, cutPoints } =
    live.description;
  const call = `scoreRows, ${kernel}; from ${batchRowsMin} rows on ${batchKernel}`;
  return { version: 'Thicket', call, kernelReason, bytes, columns, cutPoints };
}

/** Raw scores (the sums over the trees) and the head's answers; blocks must score as the whole. */
function answers() {
  const outputs = live.answerEncoded(rows, all, raw);
  for (const size of CHECKED_BLOCKS) {
    for (let first = 0; first < Math.min(rows, 64 * size); first += size) checkBlock(first, size);
  }
  const numbers = answersOf(live.shape, outputs, 0, rows).flatMap(
    ({ predictions, probabilities }) => probabilities?.flat() ?? predictions,
  );
  return { raw: base64Of(raw), answers: base64Of(Float64Array.from(numbers)) };
}

function checkBlock(first, size) {
  const { score, out } = prepare(first, size);
  score();
  const at = out.findIndex((value, index) => !Object.is(value, raw[first * rawWidth + index]));
  if (at >= 0) throw new Error(`a block of ${size} rows from ${first} on scores ${out[at]}`);
}

async function time({ rows: size, seconds }) {
  const nativeNanos = [...timeRows(live, size, all, NATIVE_RUNS)];
  return { nanos: await timeCalls(blocks(size), seconds), nativeNanos };
}

function prepare(first, size, out = new Float64Array(size * rawWidth)) {
  const part = (values) => {
    const width = values.length / rows;
    return values.subarray(first * width, (first + size) * width);
  };
  const encoded = { numbers: part(all.numbers), codes: part(all.codes) };
  return { out, score: () => scoreRows(size, encoded, out) };
}
