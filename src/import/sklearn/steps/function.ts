import type { AppliedFunction } from '../../../model/stages.ts';
import { kindOf } from '../../python/pickle/values.ts';
import type { Estimator } from '../read/estimator.ts';
import { numpyFunction } from '../read/numpy-function.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/** The functions of numpy that are understood, and whether they leave 0 as it is. */
const KEEPS_ZERO: Readonly<Record<AppliedFunction, boolean>> = {
  absolute: true,
  exp: false,
  exp2: false,
  expm1: true,
  log: false,
  log10: false,
  log1p: true,
  log2: false,
  sqrt: true,
  square: true,
};

/**
 * FunctionTransformer: one of numpy's functions, or none, which is how newer versions write
 * `passthrough`. Until 0.21 it checked its input unless `validate` was false.
 */
export function importFunction(step: Estimator, input: Block, context: StepContext): Block {
  const { builder, version } = context;
  const validates = step.flag('validate', !isAtLeast(version, 0, 22));
  if (validates) builder.require(input.values, 'reject', step.place);
  const called = step.get('func');
  if (called === null) return input;
  const name = numpyFunction(called) ?? '';
  if (!isApplied(name)) {
    step.refuse(
      `calls ${name === '' ? kindOf(called) : `numpy.${name}`}, which is not understood: apply it ` +
        `before the pipeline, or use numpy's ${Object.keys(KEEPS_ZERO).join(', ')}`,
    );
  }
  const options = step.get('kw_args');
  if (options instanceof Map && options.size > 0)
    step.refuse('calls its function with options (kw_args)');
  if (input.sparse && !KEEPS_ZERO[name]) {
    step.refuse(`calls numpy.${name} on sparse columns, where scikit-learn itself raises`);
  }
  refuseSingle(step, input, context);
  const values = builder.stage({ kind: 'apply', inputs: input.values, function: name }, step.place);
  return { values, sparse: input.sparse };
}

function isApplied(name: string): name is AppliedFunction {
  return Object.hasOwn(KEEPS_ZERO, name);
}
