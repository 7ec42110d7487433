import type { Estimator } from '../read/estimator.ts';
import { finiteNumbers, matrixOf, wordOf } from '../read/parameters.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * QuantileTransformer: where a value lies among the quantiles of training
 * (sklearn/preprocessing/_data.py). In 0.20 the uniform output never quite reached 0 and 1.
 */
export function importQuantile(step: Estimator, input: Block, context: StepContext): Block {
  const { builder, version } = context;
  const distribution = wordOf(step, 'output_distribution', ['uniform', 'normal']);
  if (input.sparse) {
    step.refuse('transforms sparse columns, which is not understood: make them dense before');
  }
  refuseSingle(step, input, context);
  const { rows, columns, numbers } = matrixOf(step, 'quantiles_', input.values.length, builder);
  const references = finiteNumbers(step, 'references_', rows);
  builder.require(input.values, 'accept', step.place);
  // From a row for each reference to a row for each column.
  const quantiles = numbers.map((_, at) => numbers[(at % rows) * columns + Math.floor(at / rows)]!);
  const isOld = !isAtLeast(version, 0, 21);
  const output = distribution === 'uniform' && isOld ? 'uniform-clipped' : distribution;
  const stage = { kind: 'quantile', inputs: input.values, quantiles, references, output } as const;
  return { values: builder.stage(stage, step.place), sparse: false };
}
