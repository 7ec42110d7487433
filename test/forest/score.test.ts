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
