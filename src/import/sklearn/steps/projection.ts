import type { Estimator } from '../read/estimator.ts';
import { finiteNumbers, matrixOf } from '../read/parameters.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * PCA (sklearn/decomposition/_base.py). Until 1.4 the mean was taken off before the sums, since 1.5
 * its own sums are taken off after them. The order of the additions is BLAS's: ours go one by one.
 */
export function importPca(step: Estimator, input: Block, context: StepContext): Block {
  const { builder, version } = context;
  const { length } = input.values;
  const components = matrixOf(step, 'components_', length, builder);
  const mean = step.has('mean_') ? finiteNumbers(step, 'mean_', length) : new Float64Array(length);
  refuseSingle(step, input, context);
  builder.require(input.values, 'reject', step.place);
  const { rows, numbers: weights } = components;
  const centersAfter = isAtLeast(version, 1, 5);
  const inputs = centersAfter ? input.values : minus(mean, input.values, step, context);
  const intercepts = new Float64Array(rows);
  if (centersAfter)
    intercepts.forEach((_, row) => (intercepts[row] = -product(weights, row, mean)));
  const sums = builder.stage({ kind: 'linear', inputs, weights, intercepts }, step.place);
  if (!step.flag('whiten', false)) return { values: sums, sparse: false };
  const scales = finiteNumbers(step, 'explained_variance_', rows).map(Math.sqrt);
  // A component without variance would divide by 0; since 1.5 it divides by this.
  const least = centersAfter ? Number.EPSILON : 0;
  const divisors = scales.map((scale) => Math.max(scale, least));
  if (divisors.includes(0)) step.refuse('whitens a component without any variance');
  const nothing = { offsets: null, factors: null, shifts: null };
  const stage = { kind: 'scale', inputs: sums, divisors, ...nothing } as const;
  return { values: builder.stage(stage, step.place), sparse: false };
}

/** TruncatedSVD: the sums alone. */
export function importTruncatedSvd(step: Estimator, input: Block, context: StepContext): Block {
  const { builder } = context;
  const { rows, numbers: weights } = matrixOf(step, 'components_', input.values.length, builder);
  refuseSingle(step, input, context);
  builder.require(input.values, 'reject', step.place);
  const intercepts = new Float64Array(rows);
  const stage = { kind: 'linear', inputs: input.values, weights, intercepts } as const;
  return { values: builder.stage(stage, step.place), sparse: false };
}

function minus(
  offsets: Float64Array,
  inputs: readonly number[],
  step: Estimator,
  { builder }: StepContext,
): readonly number[] {
  const nothing = { divisors: null, factors: null, shifts: null };
  return builder.stage({ kind: 'scale', inputs, offsets, ...nothing }, step.place);
}

function product(weights: Float64Array, row: number, vector: Float64Array): number {
  return vector.reduce((sum, x, at) => sum + x * weights[row * vector.length + at]!, 0);
}
