import type { Estimator } from './estimator.ts';
import type { Block } from './step.ts';

/** A FunctionTransformer without a function is how newer versions write `passthrough`. */
export function importIdentity(step: Estimator, input: Block): Block {
  if (step.has('func')) {
    step.refuse('calls a function, which is not understood yet: apply it before the pipeline');
  }
  return input;
}
