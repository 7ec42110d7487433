import type { Estimator } from './estimator.ts';
import type { Block, StepContext } from './step.ts';

/** StandardScaler: minus the mean, then divided by the scale, each in float64. */
export function importScaler(step: Estimator, input: Block, { builder }: StepContext): Block {
  const { values, sparse } = input;
  const offsets = step.flag('with_mean', true) ? step.numbers('mean_', values.length) : null;
  const divisors = step.flag('with_std', true) ? step.numbers('scale_', values.length) : null;
  if (sparse && offsets !== null)
    step.refuse('centers sparse columns, where scikit-learn itself raises');
  // On sparse columns scikit-learn multiplies by the reciprocal, which is the same for 0 and 1 only.
  if (sparse && divisors !== null && !values.every((value) => builder.isIndicator(value))) {
    step.refuse('scales sparse columns of numbers: give the ColumnTransformer sparse_threshold=0');
  }
  if (offsets === null && divisors === null) return input;
  const scale = {
    kind: 'scale',
    inputs: values,
    offsets,
    divisors,
    factors: null,
    shifts: null,
  } as const;
  return { values: builder.stage(scale, step.place), sparse };
}
