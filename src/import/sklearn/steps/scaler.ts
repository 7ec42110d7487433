import type { ScaleStage } from '../../../model/stages.ts';
import type { Estimator } from '../read/estimator.ts';
import { finiteNumbers } from '../read/parameters.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

type Lists = Partial<Pick<ScaleStage, 'offsets' | 'divisors' | 'factors' | 'shifts'>>;

/** StandardScaler: minus the mean, then divided by the scale (sklearn/preprocessing/_data.py). */
export function importStandardScaler(step: Estimator, input: Block, context: StepContext): Block {
  const { length } = input.values;
  const centers = step.flag('with_mean', true);
  const offsets = centers ? finiteNumbers(step, 'mean_', length) : null;
  const scales = step.flag('with_std', true) ? scaleOf(step, length) : null;
  return shifted(step, input, offsets, scales, context);
}

/** RobustScaler: the same with medians and ranges between quantiles. */
export function importRobustScaler(step: Estimator, input: Block, context: StepContext): Block {
  const { length } = input.values;
  const centers = step.flag('with_centering', true);
  const offsets = centers ? finiteNumbers(step, 'center_', length) : null;
  const scales = step.flag('with_scaling', true) ? scaleOf(step, length) : null;
  return shifted(step, input, offsets, scales, context);
}

/** MaxAbsScaler: divided by the largest absolute value; since 1.8 clipped where that is asked for. */
export function importMaxAbsScaler(step: Estimator, input: Block, context: StepContext): Block {
  const result = shifted(step, input, null, scaleOf(step, input.values.length), context);
  return step.flag('clip', false) ? clipped(step, result, -1, 1, context) : result;
}

/** MinMaxScaler: times a scale, plus a minimum; since 0.24 clipped where that is asked for. */
export function importMinMaxScaler(step: Estimator, input: Block, context: StepContext): Block {
  const { length } = input.values;
  if (input.sparse) step.refuse('scales sparse columns, where scikit-learn itself raises');
  const lists = { factors: scaleOf(step, length), shifts: finiteNumbers(step, 'min_', length) };
  const result = scaled(step, input, lists, context);
  if (!step.flag('clip', false)) return result;
  const [minimum, maximum] = step.list('feature_range');
  if (typeof minimum !== 'number' || typeof maximum !== 'number' || !(minimum <= maximum)) {
    step.refuse('has a feature_range that is not two numbers in ascending order');
  }
  return clipped(step, result, minimum, maximum, context);
}

function shifted(
  step: Estimator,
  input: Block,
  offsets: Float64Array | null,
  scales: Float64Array | null,
  context: StepContext,
): Block {
  if (!input.sparse) return scaled(step, input, { offsets, divisors: scales }, context);
  if (offsets !== null) step.refuse('centers sparse columns, where scikit-learn itself raises');
  // On sparse columns scikit-learn multiplies by the reciprocal.
  const factors = scales?.map((scale) => 1 / scale) ?? null;
  return scaled(step, input, { factors }, context);
}

/** Missing values pass, since 0.20. */
function scaled(step: Estimator, input: Block, lists: Lists, context: StepContext): Block {
  const { builder } = context;
  refuseSingle(step, input, context);
  builder.require(input.values, 'accept', step.place);
  const stage: ScaleStage = {
    kind: 'scale',
    inputs: input.values,
    offsets: null,
    divisors: null,
    factors: null,
    shifts: null,
    ...lists,
  };
  const nothing = [stage.offsets, stage.divisors, stage.factors, stage.shifts];
  if (nothing.every((list) => list === null)) return input;
  return { values: builder.stage(stage, step.place), sparse: input.sparse };
}

function clipped(
  step: Estimator,
  { values, sparse }: Block,
  minimum: number,
  maximum: number,
  { builder }: StepContext,
): Block {
  const stage = { kind: 'clip', inputs: values, minimum, maximum } as const;
  return { values: builder.stage(stage, step.place), sparse };
}

function scaleOf(step: Estimator, length: number): Float64Array {
  const scales = finiteNumbers(step, 'scale_', length);
  if (scales.includes(0)) step.refuse('divides by 0');
  return scales;
}

/** Every value times the number, as `transformer_weights` ask. */
export function weighted(
  step: Estimator,
  input: Block,
  weight: number,
  context: StepContext,
): Block {
  refuseSingle(step, input, context);
  const { length } = input.values;
  const stage: ScaleStage = {
    kind: 'scale',
    inputs: input.values,
    offsets: null,
    divisors: null,
    factors: new Float64Array(length).fill(weight),
    shifts: null,
  };
  return { values: context.builder.stage(stage, step.place), sparse: input.sparse };
}
