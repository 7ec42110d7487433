import type { Estimator } from '../read/estimator.ts';
import { numberOf } from '../read/parameters.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** Binarizer: 1 above the threshold, else 0. */
export function importBinarizer(step: Estimator, input: Block, { builder }: StepContext): Block {
  const threshold = numberOf(step, 'threshold');
  if (input.sparse && threshold < 0) {
    step.refuse('has a threshold below 0 for sparse columns, where scikit-learn itself raises');
  }
  builder.require(input.values, 'reject', step.place);
  const values = builder.stage({ kind: 'above', inputs: input.values, threshold }, step.place);
  if (input.values.every((value) => builder.isSingle(value))) builder.markSingle(values);
  return { values, sparse: input.sparse };
}
