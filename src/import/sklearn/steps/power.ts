import { Estimator } from '../read/estimator.ts';
import { finiteNumbers, wordOf } from '../read/parameters.ts';
import { importStandardScaler } from './scaler.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * PowerTransformer: Yeo-Johnson, which 1.9 took over from scipy with another formula, or Box-Cox, which
 * raises on what is not positive (sklearn/preprocessing/_data.py); then usually a StandardScaler.
 */
export function importPower(step: Estimator, input: Block, context: StepContext): Block {
  const { builder, version } = context;
  const method = wordOf(step, 'method', ['yeo-johnson', 'box-cox']);
  if (input.sparse) step.refuse('transforms sparse columns, where scikit-learn itself raises');
  refuseSingle(step, input, context);
  const inputs = input.values;
  const lambdas = finiteNumbers(step, 'lambdas_', inputs.length);
  builder.require(inputs, 'accept', step.place);
  if (method === 'box-cox') requirePositive(inputs, step, context);
  const isNew = isAtLeast(version, 1, 9);
  const form = method === 'yeo-johnson' && isNew ? 'yeo-johnson-expm1' : method;
  const values = builder.stage({ kind: 'power', inputs, lambdas, form }, step.place);
  const result = { values, sparse: false };
  if (!step.flag('standardize', true)) return result;
  const scaler = new Estimator(step.get('_scaler'), `${step.place}._scaler`);
  return importStandardScaler(scaler, result, context);
}

/** Of what is there: its logarithm is a finite number exactly where it is positive. */
function requirePositive(
  inputs: readonly number[],
  step: Estimator,
  { builder }: StepContext,
): void {
  const present = builder.impute(
    inputs,
    inputs.map(() => 1),
  );
  const logarithms = builder.stage({ kind: 'apply', inputs: present, function: 'log' }, step.place);
  builder.require(logarithms, 'reject', step.place);
}
