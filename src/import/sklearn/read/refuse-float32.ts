import type { Estimator } from './estimator.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from './step.ts';

/**
 * A block of float32 alone stays float32 in the source, whose arithmetic then rounds after every
 * operation. It happens by accident, through an encoder's `dtype`.
 */
export function refuseSingle(
  step: Estimator,
  { values }: Block,
  { builder }: Pick<StepContext, 'builder'>,
): void {
  if (values.length > 0 && values.every((value) => builder.isSingle(value))) {
    step.refuse(
      'computes in float32, which is not understood: give the encoder before it dtype=numpy.float64',
    );
  }
}
