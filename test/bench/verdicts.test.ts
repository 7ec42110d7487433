import { pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

/** The bench is plain JavaScript outside of `src`, so its shapes are stated here. */
async function load<T>(path: string): Promise<T> {
  return (await import(pathToFileURL(path).href)) as T;
}

const { missedBars } = await load<{ missedBars: (shapes: unknown[]) => string[] }>(
  'bench/bars.mjs',
);
const { checkAnswers } = await load<{
  checkAnswers: (shape: unknown, raw: Buffer, answers: Float64Array[]) => { wrong: string[] };
}>('bench/answers.mjs');
const { quantile } = await load<{ quantile: (values: number[], share: number) => number }>(
  'bench/figures.mjs',
);
const { missedBars: missedByService } = await load<{ missedBars: (results: unknown) => string[] }>(
  'loadtest/report.mjs',
);

const benchRun = (oneNs: number, batchNs: number, residentMiB: number): unknown[] => [
  {
    name: 'F-full',
    loaded: { residentBytes: residentMiB * 2 ** 20 },
    contestants: [
      { name: 'Thicket', oneNsP50: oneNs, batchNsPerRow: batchNs },
      { name: 'ONNX Runtime', oneNsP50: 300, batchNsPerRow: 100 },
    ],
  },
];

const loadRun = (p50Ms: number, rate: number, errors: number): object => ({
  wrong: [],
  figures: [
    { name: 'commit', connections: 1, p50Ms: 0.5 },
    { name: 'predict', connections: 1, p50Ms, errors: 0 },
    { name: 'echo', connections: 64, rate: 10_000, errors: 0 },
    { name: 'predict', connections: 64, rate, errors },
  ],
});

describe('what the bench asserts', () => {
  test.each([
    { name: 'nothing where every bar is met exactly', run: benchRun(100, 50, 200), missed: [] },
    { name: 'a slow row', run: benchRun(101, 50, 200), missed: [/one row takes 0\.337/] },
    { name: 'a slow batch', run: benchRun(100, 51, 200), missed: [/a batch takes 0\.510/] },
    { name: 'too much memory', run: benchRun(100, 50, 201), missed: [/201 MiB resident/] },
    { name: 'a figure that is no number', run: benchRun(Number.NaN, 50, 200), missed: [/NaN/] },
    { name: 'a run without the shape', run: [], missed: [/F-full was not run/] },
  ])('misses $name', ({ run: shapes, missed }) => {
    expect(missedBars(shapes)).toEqual(missed.map((words) => expect.stringMatching(words)));
  });
});

describe('answers', () => {
  const sums = Float64Array.of(3, 6.3);
  const means = sums.map((sum) => sum / 3);
  const shape = { name: 'F', trees: 3 };
  const raw = Buffer.from(sums.buffer);

  test('that agree are not wrong', () => {
    expect(checkAnswers(shape, raw, [sums, means, means]).wrong).toEqual([]);
  });

  test('of ours that differ in the last bit are wrong', () => {
    const next = Float64Array.of(3, 6.3 + 2 ** -50);
    expect(checkAnswers(shape, raw, [next, means, means]).wrong).toEqual([
      "F: 1 of 2 raw scores differ from scikit-learn's",
    ]);
  });

  test.each([
    { what: 'another forest', answers: Float64Array.of(1, 2.2) },
    { what: 'not a number', answers: Float64Array.of(1, Number.NaN) },
  ])('of ONNX Runtime that are $what are wrong', ({ answers }) => {
    expect(checkAnswers(shape, raw, [sums, answers, means]).wrong).toHaveLength(1);
  });
});

test.each([
  { share: 0, value: 1 },
  { share: 0.5, value: 3 },
  { share: 0.99, value: 5 },
])('below the $share quantile of five values lies its share of them', ({ share, value }) => {
  expect(quantile([5, 1, 4, 2, 3], share)).toBe(value);
});

describe('what the load test asserts', () => {
  test.each([
    { name: 'nothing where every bar is met exactly', run: loadRun(1.5, 1_500, 0), missed: [] },
    { name: 'a late reply', run: loadRun(1.6, 1_500, 0), missed: [/p50 is 1\.10 ms above/] },
    { name: 'a low rate', run: loadRun(1.5, 1_499, 0), missed: [/0\.150 of the echo/] },
    { name: 'a single error', run: loadRun(1.5, 1_500, 1), missed: [/1 requests failed/] },
  ])('misses $name', ({ run: results, missed }) => {
    expect(missedByService(results)).toEqual(missed.map((words) => expect.stringMatching(words)));
  });

  test('passes on what was wrong during the run', () => {
    expect(missedByService({ ...loadRun(1, 2_000, 0), wrong: ['5 lost'] })).toEqual(['5 lost']);
  });
});
