import { type Kind, checkFinite, checkLength, checkWord, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { QuantileStage } from '../../stages.ts';
import { interpolated } from './interpolate.ts';
import { normalQuantile } from '../../numbers/normal-quantile.ts';

/** Values so near to the outermost quantiles count as lying beyond them. */
const NEAR_BOUND = 1e-7;
// The normal distribution's quantiles at NEAR_BOUND - 2 ** -52 and at 1 - (NEAR_BOUND - 2 ** -52).
const NORMAL_MIN = -5.199337582605575;
const NORMAL_MAX = 5.19933758270342;

export const quantile: Kind<QuantileStage> = {
  parameters: { quantiles: 'numbers', references: 'numbers', output: 'text' },
  parts(stage) {
    const { inputs, quantiles, references, output } = stage;
    const length = references.length;
    checkWord(stage, 'output', output, ['uniform', 'normal', 'uniform-clipped']);
    refuseUnless(length > 0, 'A stage (quantile) has no references.');
    checkLength(stage, 'quantiles', quantiles, length * inputs.length);
    checkFinite(stage, 'quantiles', quantiles);
    checkFinite(stage, 'references', references);
    const referencesBack = negatedBackwards(references);
    const exactBounds = output === 'uniform';
    return elementwise(inputs, (at) => {
      const own = quantiles.subarray(at * length, (at + 1) * length);
      const ownBack = negatedBackwards(own);
      const low = own[0]!;
      const high = own[length - 1]!;
      const uniform = (x: number): number => {
        if (exactBounds ? x === low : x - NEAR_BOUND < low) return 0;
        if (exactBounds ? x === high : x + NEAR_BOUND > high) return 1;
        // From both sides and averaged: where quantiles repeat, each side sees another end of them.
        return 0.5 * (interpolated(x, own, references) - interpolated(-x, ownBack, referencesBack));
      };
      return { compute: (x) => (Number.isNaN(x) ? x : shaped(uniform(x), output)) };
    });
  },
};

function shaped(uniform: number, output: QuantileStage['output']): number {
  if (output === 'uniform') return uniform;
  if (output === 'normal') return clipped(normalQuantile(uniform), NORMAL_MIN, NORMAL_MAX);
  return clipped(uniform, NEAR_BOUND - Number.EPSILON, 1 - (NEAR_BOUND - Number.EPSILON));
}

function clipped(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

function negatedBackwards(ascending: Float64Array): Float64Array {
  return Float64Array.from(ascending, (x) => -x).toReversed();
}
