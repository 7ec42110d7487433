import { kindOf, type PickleValue } from '../../python/pickle/values.ts';
import type { AppliedFunction } from '../../../model/stages.ts';
import { Estimator } from '../read/estimator.ts';
import { numpyFunction } from '../read/numpy-function.ts';
import { flatSteps, isLibrary } from '../pipeline.ts';
import { finiteNumbers, matrixOf, wordOf } from '../read/parameters.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/** Appends the stages that lead from transformed numbers back to what they were. */
type Inverse = (values: readonly number[], context: StepContext) => readonly number[];

/** The transformers that are understood backwards. */
const INVERSES: Readonly<Record<string, (step: Estimator) => Inverse>> = {
  FunctionTransformer: inverseOfFunction,
  MaxAbsScaler: (step) => (values, context) => shift(step, values, 'scale_', null, context),
  MinMaxScaler: (step) => (values, context) => unstretched(step, values, context),
  PowerTransformer: inverseOfPower,
  QuantileTransformer: inverseOfQuantile,
  RobustScaler: (step) => (values, context) =>
    shift(
      step,
      values,
      step.flag('with_scaling', true) ? 'scale_' : null,
      step.flag('with_centering', true) ? 'center_' : null,
      context,
    ),
  StandardScaler: inverseOfStandard,
};

/** numpy's functions that are understood as `inverse_func`. */
const FUNCTIONS: readonly AppliedFunction[] = [
  'absolute',
  'exp',
  'expm1',
  'log',
  'log10',
  'log1p',
  'log2',
  'sqrt',
  'square',
];

/** A transformer, or a Pipeline of them, backwards: its `inverse_transform`. */
export function inverseOf(value: PickleValue, place: string): Inverse {
  const steps = flatSteps({ value, place }).map((step) => {
    const estimator = new Estimator(step.value, step.place);
    const { type } = estimator.object;
    if (isLibrary(type, 'sklearn') && Object.hasOwn(INVERSES, type.name)) {
      return INVERSES[type.name]!(estimator);
    }
    const known = Object.keys(INVERSES).join(', ');
    return estimator.refuse(`is not understood backwards: what is understood is ${known}`);
  });
  return (values, context) =>
    steps.toReversed().reduce((numbers, inverse) => inverse(numbers, context), values);
}

/** sklearn/preprocessing/_function_transformer.py: without a function, what comes is what goes. */
function inverseOfFunction(step: Estimator): Inverse {
  const value = step.get('inverse_func');
  const options = step.get('inv_kw_args');
  if (options instanceof Map && options.size > 0) {
    step.refuse('calls its inverse_func with options (inv_kw_args), which is not understood');
  }
  const validates = step.flag('validate', false);
  const name = numpyFunction(value);
  const known = FUNCTIONS.find((candidate) => candidate === name);
  if (value !== null && known === undefined) {
    step.refuse(
      `has ${name === null ? kindOf(value) : `numpy.${name}`} for its inverse_func: ` +
        `what is understood is numpy's ${FUNCTIONS.join(', ')}`,
    );
  }
  return (values, { builder }) => {
    if (validates) builder.require(values, 'reject', step.place);
    if (known === undefined) return values;
    return builder.stage({ kind: 'apply', inputs: values, function: known }, step.place);
  };
}

function inverseOfStandard(step: Estimator): Inverse {
  const scale = step.flag('with_std', true) ? 'scale_' : null;
  const center = step.flag('with_mean', true) ? 'mean_' : null;
  return (values, context) => shift(step, values, scale, center, context);
}

/** In sklearn/preprocessing/_data.py: Box-Cox backwards is scipy's own since 1.6. */
function inverseOfPower(step: Estimator): Inverse {
  const method = wordOf(step, 'method', ['yeo-johnson', 'box-cox']);
  const scaler = step.flag('standardize', true)
    ? inverseOfStandard(new Estimator(step.get('_scaler'), `${step.place}._scaler`))
    : null;
  return (values, context) => {
    const inputs = scaler?.(values, context) ?? values;
    const lambdas = finiteNumbers(step, 'lambdas_', inputs.length);
    const isScipys = method === 'box-cox' && isAtLeast(context.version, 1, 6);
    const form = isScipys ? 'box-cox-log1p' : method;
    return context.builder.stage({ kind: 'fromPower', inputs, lambdas, form }, step.place);
  };
}

function inverseOfQuantile(step: Estimator): Inverse {
  const input = wordOf(step, 'output_distribution', ['uniform', 'normal']);
  return (inputs, { builder }) => {
    const { rows, columns, numbers } = matrixOf(step, 'quantiles_', inputs.length, builder);
    const references = finiteNumbers(step, 'references_', rows);
    // From a row for each reference to a row for each column.
    const quantiles = numbers.map(
      (_, at) => numbers[(at % rows) * columns + Math.floor(at / rows)]!,
    );
    const stage = { kind: 'fromQuantile', inputs, quantiles, references, input } as const;
    return builder.stage(stage, step.place);
  };
}

/** x * scale + center (sklearn/preprocessing/_data.py). */
function shift(
  step: Estimator,
  inputs: readonly number[],
  scale: string | null,
  center: string | null,
  { builder }: StepContext,
): readonly number[] {
  const list = (name: string | null): Float64Array | null =>
    name === null ? null : step.numbers(name, inputs.length);
  builder.require(inputs, 'reject', step.place);
  return builder.stage(
    {
      kind: 'scale',
      inputs,
      offsets: null,
      divisors: null,
      factors: list(scale),
      shifts: list(center),
    },
    step.place,
  );
}

/** (x - min_) / scale_ */
function unstretched(
  step: Estimator,
  inputs: readonly number[],
  { builder }: StepContext,
): readonly number[] {
  const offsets = step.numbers('min_', inputs.length);
  const divisors = step.numbers('scale_', inputs.length);
  builder.require(inputs, 'reject', step.place);
  return builder.stage(
    { kind: 'scale', inputs, offsets, divisors, factors: null, shifts: null },
    step.place,
  );
}
