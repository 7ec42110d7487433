import { describe, expect, test } from 'vitest';
import type { Kind } from '../../src/model/kinds/kind.ts';
import { KINDS } from '../../src/model/kinds/table.ts';
import type { Stage } from '../../src/model/stages.ts';

/** The results of a stage for numbers of its inputs, which are values 0, 1, ... */
function resultsOf(stage: Stage, x: readonly number[]): number[] {
  const { parts } = KINDS[stage.kind] as Kind<Stage>;
  return parts(stage).flatMap((part) => {
    const y = new Float64Array(part.results);
    part.compute(
      Float64Array.from(part.inputs, (input) => x[input]!),
      y,
    );
    return Array.from(y);
  });
}

const interval = { kind: 'interval', inputs: [0], counts: Uint32Array.of(2), near: false } as const;
const edges = Float64Array.of(1, 2);
const quantile = {
  kind: 'quantile',
  inputs: [0],
  references: Float64Array.of(0, 0.5, 1),
  output: 'uniform',
} as const;
const clip = { kind: 'clip', inputs: [0], minimum: -1, maximum: 2 } as const;
const normalize = { kind: 'normalize', inputs: [0, 1], negligible: -Infinity } as const;

describe('the meaning of a stage', () => {
  test.each<[string, Stage, number[], number[]]>([
    ['a value on an edge lies in the interval above', { ...interval, edges }, [1], [1]],
    ['a value below all edges lies in the first', { ...interval, edges }, [0.99], [0]],
    ['a value above all edges lies in the last', { ...interval, edges }, [7], [2]],
    ['equal edges are passed together', { ...interval, edges: Float64Array.of(1, 1) }, [1], [2]],
    ['a value just below an edge lies below it', { ...interval, edges }, [1 - 1e-6], [0]],
    ['where near values count, it lies on it', { ...interval, edges, near: true }, [1 - 1e-6], [1]],
    ['a clip keeps what lies between', clip, [0.5], [0.5]],
    ['a clip moves what lies outside to its end', clip, [-7], [-1]],
    ['a clip lets a missing value pass', clip, [NaN], [NaN]],
    [
      'above a threshold is not on it',
      { kind: 'above', inputs: [0, 1], threshold: 2 },
      [2, 3],
      [0, 1],
    ],
    [
      'quantiles that repeat give the middle of what they stand for',
      { ...quantile, quantiles: Float64Array.of(1, 1, 3), references: Float64Array.of(0, 0.5, 1) },
      [1.5],
      [0.625],
    ],
    [
      'a value on the lowest quantile gives 0 even where quantiles repeat',
      { ...quantile, quantiles: Float64Array.of(1, 1, 3) },
      [1],
      [0],
    ],
    [
      'values beyond the quantiles give 0 and 1',
      { ...quantile, inputs: [0, 1], quantiles: Float64Array.of(1, 2, 3, 1, 2, 3) },
      [-9, 9],
      [0, 1],
    ],
    [
      'the normal output ends where the source clips it',
      { ...quantile, output: 'normal', quantiles: Float64Array.of(1, 2, 3) },
      [9],
      [5.19933758270342],
    ],
    ['a row of zeros stays one', { ...normalize, norm: 'l1' }, [0, 0], [0, 0]],
    [
      'a length below what matters counts as 1',
      { ...normalize, norm: 'l1', negligible: 1 },
      [0.25, 0.25],
      [0.25, 0.25],
    ],
    ['the old maximum may be negative', { ...normalize, norm: 'max' }, [-4, -2], [2, 1]],
    ['the new one is of absolute values', { ...normalize, norm: 'absmax' }, [-4, -2], [-1, -0.5]],
    [
      'an exponent of 0 is a logarithm',
      { kind: 'power', inputs: [0], lambdas: Float64Array.of(0), form: 'yeo-johnson' },
      [Math.E - 1],
      [1],
    ],
    [
      'below 0 the exponent is mirrored',
      { kind: 'power', inputs: [0], lambdas: Float64Array.of(0), form: 'yeo-johnson' },
      [-2],
      [-4],
    ],
    ['products are of pairs', { kind: 'product', inputs: [0, 1, 1, 1] }, [2, 3], [6, 9]],
    ['a float32 is rounded', { kind: 'float32', inputs: [0] }, [0.1], [Math.fround(0.1)]],
    [
      'a missing value is a category like others',
      { kind: 'oneHot', inputs: [0], categories: [[2, null]], unknown: 'zeros' },
      [NaN],
      [0, 1],
    ],
  ])('%s', (_, stage, x, y) => {
    expect(resultsOf(stage, x)).toStrictEqual(y);
  });
});

describe('a stage that cannot be meant is refused', () => {
  test.each<[string, Stage, RegExp]>([
    ['edges out of order', { ...interval, edges: Float64Array.of(2, 1) }, /not in ascending order/],
    ['edges that are no numbers', { ...interval, edges: Float64Array.of(NaN, 1) }, /ascending/],
    [
      'counts that do not fit',
      { ...interval, edges: Float64Array.of(1) },
      /has 1 edges .* needs 2/,
    ],
    ['a clip from high to low', { ...clip, minimum: 3 }, /goes from 3 to 2/],
    [
      'a function that is none',
      { kind: 'apply', inputs: [0], function: 'constructor' as 'log' },
      /"constructor" for its function/,
    ],
    [
      'quantiles that are not finite',
      { ...quantile, quantiles: Float64Array.of(1, 2, Infinity) },
      /among its quantiles that is not finite/,
    ],
    ['half a pair', { kind: 'product', inputs: [0] }, /input without another/],
    [
      'a missing value that is replaced',
      { kind: 'replace', inputs: [0], from: [null], to: [1] },
      /replaces a missing value/,
    ],
    ['a row of nothing', { ...normalize, inputs: [], norm: 'l1' }, /has no inputs/],
  ])('%s', (_, stage, sentence) => {
    expect(() => resultsOf(stage, [1, 2])).toThrow(sentence);
  });
});
