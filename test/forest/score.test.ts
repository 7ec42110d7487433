import { afterEach, expect, test } from 'vitest';

import type { ForestHandle } from '../../src/forest/addon.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { SAMPLE_ROWS, sampleSpec } from './sample.ts';

const addon = loadAddon();
const handles: ForestHandle[] = [];

function build(spec = sampleSpec()): ForestHandle {
  const handle = addon.buildForest(spec);
  handles.push(handle);
  return handle;
}

afterEach(() => {
  for (const handle of handles.splice(0)) addon.releaseForest(handle);
  expect(addon.liveForests()).toBe(0);
});

const { rows, numbers, codes, raw: expected } = SAMPLE_ROWS;

test('rows follow the trees, missing values and infinities included', () => {
  const raw = new Float64Array(rows);
  addon.scoreRows(build(), rows, numbers, codes, raw);
  expect(raw).toEqual(expected);
});

test('the reference gives the same answers', () => {
  const raw = new Float64Array(rows);
  addon.scoreReference(sampleSpec(), rows, numbers, codes, raw);
  expect(raw).toEqual(expected);
});

test.each([0, 1, 2, 5, 64])('so they do by %i threads', (threads) => {
  const raw = new Float64Array(rows);
  addon.scoreRowsByThreads(build(), rows, numbers, codes, raw, threads);
  expect(raw).toEqual(expected);
});

test('what follows the rows in longer arrays is neither read nor written', () => {
  const raw = new Float64Array(rows + 2).fill(-1);
  const more = new Int32Array(rows + 1).fill(99);
  more.set(codes);
  addon.scoreRows(build(), rows, Float64Array.of(...numbers, 7), more, raw);
  expect(raw).toEqual(Float64Array.of(...expected, -1, -1));
});

test('views into the middle of a buffer are read where they stand', () => {
  const numbersAmid = Float64Array.of(99, ...numbers).subarray(1);
  const codesAmid = Int32Array.of(99, ...codes).subarray(1);
  const raw = new Float64Array(rows + 1).subarray(1);
  addon.scoreRows(build(), rows, numbersAmid, codesAmid, raw);
  expect(raw).toEqual(expected);
});

test('the spec may change and go once the forest is built', () => {
  const spec = sampleSpec();
  const handle = build(spec);
  spec.ensemble.threshold.fill(-1e9);
  spec.ensemble.leafValues.fill(-1);
  const raw = new Float64Array(rows);
  addon.scoreRows(handle, rows, numbers, codes, raw);
  expect(raw).toEqual(expected);
});

test('no rows are scored without complaint', () => {
  addon.scoreRows(build(), 0, new Float64Array(), new Int32Array(), new Float64Array());
  expect(handles).toHaveLength(1);
});

test('sums of float32 are rounded after every tree, from the base on, by both roads', () => {
  // Beside the base, float32 has even numbers only.
  const base = 2 ** 24 + 0.25;
  const leaves = new Map([
    [10, 1],
    [20, 3],
    [30, 2 ** 25],
  ]);
  const spec = (sums: number) =>
    sampleSpec({
      ensemble: {
        sums,
        leafValues: Float64Array.of(...leaves.values(), 1),
        base: Float64Array.of(base),
      },
    });
  const inOrder = (rounded: (sum: number) => number) =>
    expected.map((score) => rounded(rounded(rounded(base) + leaves.get(score - 100.5)!) + 1));
  const single = inOrder(Math.fround);
  const double = inOrder((sum) => sum);
  expect(single).not.toEqual(double);
  for (const [sums, answers] of [double, single].entries()) {
    const raw = new Float64Array(rows);
    addon.scoreRows(build(spec(sums)), rows, numbers, codes, raw);
    expect(raw).toEqual(answers);
    addon.scoreReference(spec(sums), rows, numbers, codes, raw.fill(0));
    expect(raw).toEqual(answers);
  }
});

test('several outputs stand side by side', () => {
  const spec = sampleSpec({
    ensemble: {
      outputs: 2,
      leafValues: Float64Array.of(10, 1, 20, 2, 30, 3, 0.5, 0.25),
      base: Float64Array.of(0, 100),
    },
  });
  const raw = new Float64Array(4);
  addon.scoreRows(build(spec), 2, numbers, codes, raw);
  expect(raw).toEqual(Float64Array.of(30.5, 103.25, 20.5, 102.25));
});

test('a tree that names an output adds to that one alone', () => {
  const spec = sampleSpec({
    ensemble: {
      outputs: 3,
      treeOutputs: Uint32Array.of(2, 0),
      base: Float64Array.of(1000, 2000, 3000),
    },
  });
  const raw = new Float64Array(6);
  const answers = Float64Array.of(1000.5, 2000, 3030, 1000.5, 2000, 3020);
  addon.scoreRows(build(spec), 2, numbers, codes, raw);
  expect(raw).toEqual(answers);
  addon.scoreReference(spec, 2, numbers, codes, raw.fill(0));
  expect(raw).toEqual(answers);
});

test('as many outputs as trees, up to the most of each, give one value for every tree', () => {
  const outputs = 4096;
  const spec = sampleSpec({
    ensemble: {
      roots: Int32Array.from({ length: outputs }, (_, tree) => (tree === 0 ? 0 : ~(tree + 2))),
      outputs,
      treeOutputs: Uint32Array.from({ length: outputs }, (_, tree) => tree),
      leafValues: Float64Array.from({ length: outputs + 2 }, (_, at) =>
        at < 3 ? 10 * (at + 1) : (at - 2) / 8,
      ),
      base: new Float64Array(outputs),
    },
  });
  const handle = build(spec);
  const many = 600; // Enough for trees to be walked one after the other.
  const raw = new Float64Array(many * outputs);
  const at = Float64Array.from({ length: many }, (_, row) => numbers[row % rows]!);
  const code = Int32Array.from({ length: many }, (_, row) => codes[row % rows]!);
  addon.scoreRows(handle, many, at, code, raw);
  const wrong = raw.findIndex((value, index) => {
    const [row, tree] = [Math.floor(index / outputs), index % outputs];
    return value !== (tree === 0 ? expected[row % rows]! - 100.5 : tree / 8);
  });
  expect(wrong).toBe(-1);
});

test('a table entry that is missing goes to the side that its node has for missing values', () => {
  for (const missingLeft of [0, 1]) {
    const spec = sampleSpec({
      features: { tableValues: Float64Array.of(Number.NaN, 0, 1, Number.NaN) },
      ensemble: { missingLeft: Uint8Array.of(1, missingLeft) },
    });
    const raw = new Float64Array(4);
    const answers = [missingLeft === 1 ? 20 : 30, 20, 30, missingLeft === 1 ? 20 : 30];
    addon.scoreRows(build(spec), 4, new Float64Array(4), Int32Array.of(-2, -1, 0, 1), raw);
    expect([...raw]).toEqual(answers.map((answer) => answer + 100.5));
    addon.scoreReference(spec, 4, new Float64Array(4), Int32Array.of(-2, -1, 0, 1), raw.fill(0));
    expect([...raw]).toEqual(answers.map((answer) => answer + 100.5));
  }
});

test('values that no feature reads change nothing, whatever they are', () => {
  const spec = sampleSpec({ top: { numberSlots: 3, codeSlots: 2 } });
  const wide = Float64Array.from({ length: 3 * rows }, (_, at) =>
    at % 3 === 0 ? numbers[at / 3]! : Number.NaN,
  );
  const codesWide = Int32Array.from({ length: 2 * rows }, (_, at) =>
    at % 2 === 0 ? codes[at / 2]! : 2 ** 31 - 1,
  );
  const raw = new Float64Array(rows);
  addon.scoreRows(build(spec), rows, wide, codesWide, raw);
  expect(raw).toEqual(expected);
});

test('forests that read the same rows live side by side', () => {
  const one = build();
  const other = build(sampleSpec({ ensemble: { base: Float64Array.of(-7) } }));
  const raw = new Float64Array(rows);
  for (const [handle, shift] of [
    [one, 0],
    [other, -107],
    [one, 0],
  ] as const) {
    addon.scoreRows(handle, rows, numbers, codes, raw);
    expect(raw).toEqual(expected.map((value) => value + shift));
  }
});

test('a description counts what the spec holds', () => {
  expect(addon.describeForest(build())).toMatchObject({
    trees: 2,
    innerNodes: 2,
    leaves: 4,
    depthMax: 2,
    visitsPerRow: 1.5, // Half of the training rows reach the second node.
    columns: 2,
    cutPoints: 2,
  });
});

test('a description names both kernels and what each kernel took when they were chosen', () => {
  const { kernel, batchKernel, batchRowsMin, kernelReason, kernelTimings } =
    addon.describeForest(build());
  const timed = new Set(kernelTimings.map((timing) => timing.kernel));
  expect(timed).toContain('portable');
  expect(timed).toContain(kernel);
  expect(timed).toContain(batchKernel);
  expect(batchRowsMin).toBeGreaterThan(1);
  expect(kernelReason).toContain(`from ${batchRowsMin} rows on`);
  expect(kernelTimings.every(({ rows: of, nanosPerRow }) => of >= 1 && nanosPerRow > 0)).toBe(true);
});

test('timing gives a positive figure for each run', () => {
  const nanos = addon.timeRows(build(), rows, numbers, codes, 5);
  expect(nanos).toHaveLength(5);
  expect(nanos.every((run) => run > 0)).toBe(true);
});
