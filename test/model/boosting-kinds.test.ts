import { describe, expect, test } from 'vitest';

import type { Kind } from '../../src/model/kinds/kind.ts';
import { KINDS } from '../../src/model/kinds/table.ts';
import type { MembersStage, Stage } from '../../src/model/stages.ts';

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

const numbered = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** Bits of codes in eight words. */
function words(...codes: readonly number[]): number[] {
  const bits = new Uint32Array(8);
  for (const code of codes) bits[code >> 5]! |= 1 << (code & 31);
  return Array.from(bits);
}

const members = (negative: MembersStage['negative']): MembersStage => ({
  kind: 'members',
  inputs: [0],
  sets: Uint32Array.from([...words(1, 33), ...words(255)]),
  known: Uint32Array.from(words(1, 2, 33, 255)),
  negative,
});

describe('sets of categories', () => {
  test.each([
    { name: 'a code in the first set', x: 1, results: [0, 1] },
    { name: 'a code in the last word', x: 255, results: [1, 0] },
    { name: 'a code that is only known', x: 2, results: [1, 1] },
    { name: 'a code that training never saw', x: 3, results: [NaN, NaN] },
    { name: 'a missing value', x: NaN, results: [NaN, NaN] },
    { name: 'a fraction, which is cut', x: 33.9, results: [0, 1] },
    { name: 'a code above 255, which wraps', x: 257, results: [0, 1] },
    { name: 'a code beyond 32 bits, which is 0', x: 2 ** 40 + 1, results: [NaN, NaN] },
    { name: 'a negative one, which is missing', x: -1, results: [NaN, NaN] },
  ])('$name', ({ x, results }) => {
    expect(resultsOf(members('missing'), [x])).toEqual(results);
  });

  test.each([
    { name: 'minus one wraps to 255', x: -1, results: [1, 0] },
    { name: 'less than one below 0 is 0', x: -0.5, results: [NaN, NaN] },
  ])('before they counted as missing, $name', ({ x, results }) => {
    expect(resultsOf(members('wrapped'), [x])).toEqual(results);
  });

  test('half a set is refused', () => {
    const half = { ...members('missing'), sets: new Uint32Array(12) };
    expect(() => KINDS.members.parts(half)).toThrow('12 words; a set is made of 8');
  });
});

function medianOf(values: readonly number[], weights: readonly number[]): number {
  const inputs = numbered(values.length);
  const stage = { kind: 'weightedMedian', inputs, weights: Float64Array.from(weights) } as const;
  return resultsOf(stage, values)[0]!;
}

describe('a weighted median', () => {
  test.each([
    { name: 'of one value is the value', values: [7], weights: [3], expected: 7 },
    {
      name: 'is the lower one where half lies there',
      values: [4, 1],
      weights: [1, 1],
      expected: 1,
    },
    { name: 'follows the weights', values: [5, 1, 3], weights: [9, 1, 1], expected: 5 },
    { name: 'of weights of 0 is the least value', values: [2, 1], weights: [0, 0], expected: 1 },
  ])('$name', ({ values, weights, expected }) => {
    expect(medianOf(values, weights)).toBe(expected);
  });

  test('sorts any number of values', () => {
    for (const count of [2, 3, 7, 8, 9, 64, 100]) {
      const values = numbered(count).map((at) => (at * 37) % 101);
      const middle = values.toSorted((a, b) => a - b)[Math.ceil(count / 2) - 1]!;
      const weights = values.map(() => 1);
      expect(medianOf(values, weights)).toBe(middle);
    }
  });
});

describe('ballots', () => {
  test('give a weight to the one that is chosen and another to all others', () => {
    const stage = {
      kind: 'ballots',
      inputs: [0, 1],
      weights: Float64Array.of(2, 3),
      others: Float64Array.of(-1, -0.5),
      candidates: 3,
    } as const;
    expect(resultsOf(stage, [1, 2])).toEqual([-1.5, 1.5, 2]);
  });
});

describe('links', () => {
  test('a softmax of equal numbers shares equally, however large they are', () => {
    for (const kind of ['softmax', 'softmaxByLog'] as const) {
      const [first, second] = resultsOf({ kind, inputs: [0, 1] }, [1000, 1000]);
      expect(first).toBe(second);
      expect(first).toBeCloseTo(0.5, 12);
    }
  });

  test('both forms of the logit agree to the last places', () => {
    for (const x of [0.31, 0.5, 0.6499]) {
      const [central, quotient] = (['central', 'quotient'] as const).map(
        (form) => resultsOf({ kind: 'logit', inputs: [0], form }, [x])[0]!,
      );
      expect(Math.abs(central! - quotient!)).toBeLessThan(1e-15);
    }
  });

  test('centred logarithms add up to 0', () => {
    const results = resultsOf({ kind: 'centredLogs', inputs: [0, 1, 2] }, [0.2, 0.3, 0.5]);
    expect(results.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 15);
    expect(results[2]! - results[0]!).toBeCloseTo(Math.log(2.5), 15);
  });

  test('the logarithms of SAMME.R take no probability for less than epsilon', () => {
    const stage = { kind: 'sammeLogs', inputs: [0, 1] } as const;
    expect(resultsOf(stage, [0, 1])).toEqual([-18.021826694558577, 18.021826694558577]);
    expect(resultsOf(stage, [0, 1])).toEqual(resultsOf(stage, [1e-300, 1]));
  });
});
