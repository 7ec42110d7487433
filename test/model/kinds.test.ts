import { describe, expect, test } from 'vitest';

import type { Kind } from '../../src/model/kinds/kind.ts';
import { KINDS } from '../../src/model/kinds/table.ts';
import { normalShare } from '../../src/model/numbers/normal-share.ts';
import { numpySum } from '../../src/model/numbers/numpy-sum.ts';
import type { FromQuantileStage, SharesStage, Stage } from '../../src/model/stages.ts';

type ComputedStage = Exclude<Stage, { kind: 'trees' | 'require' }>;

/** The results of a stage for a row, whose inputs are numbered 0, 1, .. */
function resultsOf(stage: ComputedStage, row: readonly number[]): number[] {
  const { parts } = KINDS[stage.kind] as Kind<ComputedStage>;
  return parts(stage).flatMap((part) => {
    const y = new Float64Array(part.results);
    part.compute(
      Float64Array.from(part.inputs, (input) => row[input]!),
      y,
    );
    return Array.from(y);
  });
}

const shares = (order: SharesStage['order'], ofZero: SharesStage['ofZero']): SharesStage => ({
  kind: 'shares',
  inputs: [0, 1, 2],
  order,
  ofZero,
});

describe('shares of a sum', () => {
  test('add up to one', () => {
    expect(resultsOf(shares('pairwise', 'equal'), [1, 2, 5])).toEqual([0.125, 0.25, 0.625]);
  });

  test.each([
    { ofZero: 'equal', results: [1 / 3, 1 / 3, 1 / 3] },
    { ofZero: 'kept', results: [0, 0, 0] },
    { ofZero: 'missing', results: [NaN, NaN, NaN] },
  ] as const)('of nothing are $ofZero', ({ ofZero, results }) => {
    expect(resultsOf(shares('sequential', ofZero), [0, 0, 0])).toEqual(results);
  });

  test('differ with the order in which numpy adds', () => {
    const inputs = Array.from({ length: 9 }, (_, at) => at);
    const row = inputs.map((at) => 0.1 * (at + 1));
    const [pairwise, sequential] = (['pairwise', 'sequential'] as const).map((order) =>
      resultsOf({ kind: 'shares', inputs, order, ofZero: 'equal' }, row),
    );
    expect(pairwise).not.toEqual(sequential);
    expect(pairwise![0]).toBe(row[0]! / numpySum(Float64Array.from(row)));
  });
});

describe('numpy’s sum', () => {
  // Written by numpy 1.26 and 2.5 alike: np.sum(1 / np.arange(1, n + 1)).
  test.each([
    { n: 7, sum: 2.5928571428571425 },
    { n: 8, sum: 2.7178571428571425 },
    { n: 13, sum: 3.180133755133755 },
    { n: 128, sum: 5.433147092589173 },
    { n: 200, sum: 5.878030948121444 },
    { n: 1000, sum: 7.485470860550345 },
  ])('of $n numbers', ({ n, sum }) => {
    expect(numpySum(Float64Array.from({ length: n }, (_, at) => 1 / (at + 1)))).toBe(sum);
  });
});

describe('a line through points', () => {
  const line = {
    kind: 'interpolate',
    inputs: [0],
    points: Float64Array.of(1, 2, 2, 4),
    values: Float64Array.of(10, 20, 30, 40),
  } as const;

  test.each([
    { x: 1.5, y: 15 },
    { x: 3, y: 35 },
    { x: 0, y: 10 },
    { x: 9, y: 40 },
    { x: 4, y: 40 },
    { x: 2, y: 30 },
    { x: NaN, y: NaN },
  ])('is $y above $x', ({ x, y }) => {
    expect(resultsOf(line, [x])).toEqual([y]);
  });

  test('of one point is level', () => {
    const point = { ...line, points: Float64Array.of(1), values: Float64Array.of(7) };
    expect([-5, 1, 5].flatMap((x) => resultsOf(point, [x]))).toEqual([7, 7, 7]);
  });

  test.each([
    { name: 'no points', points: [], values: [] },
    { name: 'points in any order', points: [2, 1], values: [1, 2] },
    { name: 'a value too few', points: [1, 2], values: [1] },
    { name: 'an infinite value', points: [1, 2], values: [1, Infinity] },
  ])('is refused with $name', ({ points, values }) => {
    const bad = { ...line, points: Float64Array.from(points), values: Float64Array.from(values) };
    expect(() => resultsOf(bad, [1])).toThrow(/^A stage \(interpolate\)/);
  });
});

describe('votes', () => {
  test('are weighed, for those whom nobody votes for too', () => {
    const weights = Float64Array.of(0.5, 1, 0.25);
    const stage = { kind: 'votes', inputs: [0, 1, 2], weights, candidates: 4 } as const;
    expect(resultsOf(stage, [3, 1, 3])).toEqual([0, 1, 0, 0.75]);
  });

  test.each([0, 1.5, -1, 1e9])('for %d candidates are refused', (candidates) => {
    const stage = { kind: 'votes', inputs: [], weights: new Float64Array(0), candidates } as const;
    expect(() => resultsOf(stage, [])).toThrow(/^A stage \(votes\)/);
  });
});

describe('duels', () => {
  const duels = { kind: 'duels', inputs: [0, 1, 2, 3, 4, 5], candidates: 3 } as const;

  test('are counted, and confidence settles a tie', () => {
    // 0 beats 1, 2 beats 0, 1 beats 2: one victory each; 2 won by most.
    const results = resultsOf(duels, [0, 1, 0, -1, 3, -0.5]);
    expect(results).toEqual([1 + -2 / 9, 1 + -0.5 / 4.5, 1 + 2.5 / 10.5]);
  });

  test('need two inputs for each pair', () => {
    expect(() => resultsOf({ ...duels, candidates: 4 }, [])).toThrow(/^A stage \(duels\)/);
  });
});

describe('the share of the normal distribution', () => {
  // Written by scipy 1.18: stats.norm.cdf.
  test.each([
    { x: -40, share: 0 },
    { x: -9, share: 1.1285884059538324e-19 },
    { x: -6, share: 9.865876450376946e-10 },
    { x: -2, share: 0.022750131948179195 },
    { x: -1, share: 0.15865525393145707 },
    { x: -0.3, share: 0.3820885778110474 },
    { x: 0, share: 0.5 },
    { x: 0.5, share: 0.6914624612740131 },
    { x: 1, share: 0.8413447460685429 },
    { x: 1.5, share: 0.9331927987311419 },
    { x: 3, share: 0.9986501019683699 },
    { x: 8.5, share: 1 },
  ])('below $x is $share', ({ x, share }) => {
    expect(Math.abs(normalShare(x) - share)).toBeLessThanOrEqual(share * 2 * Number.EPSILON);
  });
});

const back = (input: FromQuantileStage['input']): FromQuantileStage => ({
  kind: 'fromQuantile',
  inputs: [0],
  quantiles: Float64Array.of(10, 20, 40),
  references: Float64Array.of(0, 0.5, 1),
  input,
});

describe('back from a quantile', () => {
  test.each([
    { input: 'uniform', x: 0.25, y: 15 },
    { input: 'uniform', x: -3, y: 10 },
    { input: 'uniform', x: 3, y: 40 },
    { input: 'normal', x: 0, y: 20 },
    { input: 'normal', x: -5.2, y: 10 },
    { input: 'normal', x: 5.2, y: 40 },
  ] as const)('$input $x is $y', ({ input, x, y }) => {
    expect(resultsOf(back(input), [x])).toEqual([y]);
  });
});

describe('back from a Yeo-Johnson power', () => {
  // Written by scikit-learn 1.9: PowerTransformer.inverse_transform.
  test.each([
    { lambda: 0, results: [-1, -0.18321595661992318, 0, 0.3498588075760032] },
    { lambda: 2, results: [-3.4816890703380645, -0.22140275816016985, 0, 0.26491106406735176] },
    { lambda: 0.5, results: [-1.194095738832282, -0.19113842519643276, 0, 0.3224999999999998] },
    { lambda: -1.5, results: [-0.6880849216253877, -0.16370405852737724, 0, 0.4896750374557195] },
    { lambda: 3, results: [3, -0.25, 0, 0.23856232963017088] },
  ])('with the exponent $lambda', ({ lambda, results }) => {
    const lambdas = Float64Array.of(lambda);
    const stage = { kind: 'fromPower', inputs: [0], lambdas, form: 'yeo-johnson' } as const;
    [-1.5, -0.2, 0, 0.3].forEach((x, at) => {
      expect(resultsOf(stage, [x])[0]).toBeCloseTo(results[at]!, 14);
    });
  });
});
