import { pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

/** The bench is plain JavaScript outside of `src`, so its shapes are stated here. */
async function load<T>(path: string): Promise<T> {
  return (await import(pathToFileURL(path).href)) as T;
}

const { judgeBars } = await load<{
  judgeBars: (shapes: unknown[]) => { sentence: string; met: boolean }[];
}>('bench/bars.mjs');
const { checkOurs, checkPeer } = await load<{
  checkOurs: (shape: { name: string }, expected: Answers, answers: Answers) => { wrong: string[] };
  checkPeer: (
    predictions: Float64Array,
    answers: Float64Array,
    tolerance: { of: 'every' | 'mean'; max: number },
  ) => { why: string | null; about: { errorMax: number; errorMean: number } };
}>('bench/answers.mjs');
const { superfluousKernels, winsOfKernels } = await load<{
  superfluousKernels: (results: object) => string[];
  winsOfKernels: (results: object) => object[];
}>('bench/kernel-wins.mjs');
const { quantile } = await load<{ quantile: (values: number[], share: number) => number }>(
  'bench/figures.mjs',
);
const { missedBars: missedByService } = await load<{ missedBars: (results: unknown) => string[] }>(
  'loadtest/report.mjs',
);

interface Answers {
  readonly raw: Float64Array;
  readonly predictions: Float64Array;
}

interface Times {
  readonly name: string;
  readonly one: number;
  readonly batch?: number;
}

const contestant = ({ name, one, batch }: Times): object => ({
  name,
  version: name,
  oneNsP50: one,
  batches: batch === undefined ? [] : [{ rows: 4_096, nsPerRow: batch }],
});

/** A run that meets every bar exactly, but for what is said. */
const benchRun = (changes: { full?: object; small?: object; ours?: object; peer?: object }) => {
  const peers = (times: [onnx: Times, sklearn: Times]) =>
    [...times, ...['YDF', 'treelite', 'TL2cgen'].map((name) => ({ name, one: 1e9 }))].map(
      contestant,
    );
  const ours = { name: 'Thicket', one: 10, batch: 10, ...changes.ours };
  return [
    {
      name: 'F-full',
      imported: { importMs: 5_000, mostBytes: 1e9 },
      loaded: { loadMs: 500, residentBytes: 100e6 },
      threads: { ratio: 1.9 },
      contestants: [
        contestant(ours),
        ...peers([
          { name: 'ONNX Runtime', one: 300, batch: 200 },
          { name: 'scikit-learn', one: 4_000, batch: 100 },
        ]),
      ],
      ...changes.full,
    },
    {
      name: 'F-small',
      threads: { ratio: 1.9 },
      contestants: [
        contestant({ name: 'Thicket', one: 10, batch: 10 }),
        ...peers([
          { name: 'ONNX Runtime', one: 50, batch: 60, ...changes.peer },
          { name: 'scikit-learn', one: 900, batch: 50 },
        ]),
      ],
      ...changes.small,
    },
  ];
};

const missedBars = (shapes: unknown[]): string[] =>
  judgeBars(shapes)
    .filter(({ met }) => !met)
    .map(({ sentence }) => sentence);

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
    { name: 'nothing where every bar is met exactly', run: benchRun({}), missed: [] },
    {
      name: 'a slow row, against both that it is compared with',
      run: benchRun({ ours: { one: 10.1 } }),
      missed: [/one row against ONNX Runtime: 29\.7/, /one row against scikit-learn: 396/],
    },
    {
      name: 'a slow batch, against the best peer',
      run: benchRun({ ours: { batch: 10.1 } }),
      missed: [/F-full: a batch against scikit-learn: 9\.9/],
    },
    {
      name: 'a peer that is fast on another shape',
      run: benchRun({ peer: { one: 49 } }),
      missed: [/F-small: one row against ONNX Runtime: 4\.9/],
    },
    {
      name: 'too much memory',
      run: benchRun({ full: { loaded: { loadMs: 500, residentBytes: 101e6 } } }),
      missed: [/resident MB: 101/],
    },
    {
      name: 'a late first prediction',
      run: benchRun({ full: { loaded: { loadMs: 501, residentBytes: 100e6 } } }),
      missed: [/load to first prediction, ms: 501/],
    },
    {
      name: 'a second thread that helps little',
      run: benchRun({ small: { threads: { ratio: 1.89 } } }),
      missed: [/F-small: two threads against one: 1\.89/],
    },
    {
      name: 'a figure that is no number',
      run: benchRun({ ours: { batch: Number.NaN } }),
      missed: [/a batch against scikit-learn: NaN/],
    },
    { name: 'a run without peers', run: [], missed: [/peers that ran: 0/] },
  ])('misses $name', ({ run: shapes, missed }) => {
    expect(missedBars(shapes)).toEqual(missed.map((words) => expect.stringMatching(words)));
  });
});

const nextAtOne = (values: Float64Array): Float64Array => values.with(1, values[1]! + 2 ** -50);

describe('answers', () => {
  const raw = Float64Array.of(3, 6.3);
  const predictions = raw.map((sum) => sum / 3);
  const every = { of: 'every', max: 1e-5 } as const;

  test('of ours that agree are not wrong', () => {
    expect(checkOurs({ name: 'F' }, { raw, predictions }, { raw, predictions }).wrong).toEqual([]);
  });

  test('of ours that differ in the last bit are wrong', () => {
    const answers = { raw: nextAtOne(raw), predictions: nextAtOne(predictions) };
    expect(checkOurs({ name: 'F' }, { raw, predictions }, answers).wrong).toEqual([
      "F: 1 of 2 raw scores differ from scikit-learn's",
      "F: 1 of 2 predictions differ from scikit-learn's",
    ]);
  });

  test('of ours that are fewer are wrong', () => {
    const answers = { raw: raw.subarray(0, 1), predictions };
    expect(checkOurs({ name: 'F' }, { raw, predictions }, answers).wrong).toHaveLength(1);
  });

  test('of a peer may differ by what its arithmetic explains', () => {
    const float32 = Float64Array.from(Float32Array.from(predictions));
    expect(checkPeer(predictions, float32, every).why).toBeNull();
    expect(checkPeer(predictions, float32, { of: 'every', max: 0 }).why).not.toBeNull();
  });

  test('of a peer that is judged by the mean may be elsewhere for single rows', () => {
    const many = new Float64Array(1_000);
    const one = many.with(7, 0.5);
    expect(checkPeer(many, one, every).why).not.toBeNull();
    expect(checkPeer(many, one, { of: 'mean', max: 1e-3 }).why).toBeNull();
    expect(checkPeer(many, one, { of: 'mean', max: 1e-4 }).why).not.toBeNull();
  });

  test.each([
    { what: 'another forest', answers: Float64Array.of(1, 2.2) },
    { what: 'not a number', answers: Float64Array.of(Number.NaN, 2.1) },
    { what: 'not there', answers: new Float64Array() },
  ])('of a peer that are $what end its part', ({ answers }) => {
    expect(checkPeer(predictions, answers, every).why).toMatch(/not run the same forest/);
    expect(checkPeer(predictions, answers, { of: 'mean', max: 1e-3 }).why).not.toBeNull();
  });
});

describe('a kernel', () => {
  const kernels = [
    { name: 'new', needs: 'A' },
    { name: 'old', needs: 'nothing' },
  ];
  /** Nanoseconds of one row of the only forest, by kernel. */
  const run = (times: Record<string, number>): object => ({
    kernels,
    shapes: [
      {
        name: 'F',
        calls: [
          {
            rows: 1,
            kernels: Object.entries(times).map(([kernel, nsPerRow]) => ({ kernel, nsPerRow })),
          },
        ],
      },
    ],
  });

  test('that is the fastest has a case, and the slower one where the faster does not run', () => {
    expect(winsOfKernels(run({ new: 10, old: 20 }))).toEqual([
      { ...kernels[0], newest: [{ forest: 'F', rows: 1, times: 2 }], own: [] },
      { ...kernels[1], newest: [], own: [{ forest: 'F', rows: 1, times: null }] },
    ]);
  });

  test.each([
    { name: 'slower than one that runs everywhere', times: { new: 20, old: 10 } },
    { name: 'faster by no more than noise', times: { new: 10, old: 10.2 } },
    { name: 'not measured', times: { old: 10 } },
  ])('that is $name is superfluous', ({ times }) => {
    expect(superfluousKernels(run(times))).toEqual([expect.stringMatching(/kernel new /)]);
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
