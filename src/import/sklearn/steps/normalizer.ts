import type { Estimator } from '../read/estimator.ts';
import { wordOf } from '../read/parameters.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/** Since 1.0 a row is left as it is where its length is below this: ten times float64's epsilon. */
const NEGLIGIBLE = 10 * Number.EPSILON;

/**
 * Normalizer: every row divided by its length (sklearn/preprocessing/_data.py). Until 0.22 `max` meant
 * the largest number, not the largest absolute one. numpy orders the sums of eight and more columns by
 * how the table lies in memory; here they are added one after the other.
 */
export function importNormalizer(step: Estimator, input: Block, context: StepContext): Block {
  const { builder, version } = context;
  const word = wordOf(step, 'norm', ['l1', 'l2', 'max']);
  refuseSingle(step, input, context);
  builder.require(input.values, 'reject', step.place);
  if (input.values.length === 0) return input;
  const stage = {
    kind: 'normalize',
    inputs: input.values,
    norm: word === 'max' && isAtLeast(version, 0, 23) ? 'absmax' : word,
    negligible: isAtLeast(version, 1, 0) ? NEGLIGIBLE : Number.NEGATIVE_INFINITY,
  } as const;
  return { values: builder.stage(stage, step.place), sparse: input.sparse };
}
