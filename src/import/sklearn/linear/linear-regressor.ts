import { linearSums } from './coefficients.ts';
import type { Estimator } from '../read/estimator.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/**
 * The regressors that answer their sums, for any loss that they minimised: LinearModel of
 * sklearn/linear_model/_base.py, and those of sklearn/svm/_classes.py and _stochastic_gradient.py.
 */
export function importLinearRegressor(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const { values } = linearSums(model, input, context);
  return { labels: null, predict: values, probabilities: null, scores: {} };
}

/** Poisson, gamma and Tweedie regression (sklearn/linear_model/_glm/glm.py): the sum through its link. */
export function importLinkedRegressor(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const { values } = linearSums(model, input, context);
  const predict = hasLogLink(model) ? once(() => exponential(values(), model, context)) : values;
  return { labels: null, predict, probabilities: null, scores: {} };
}

function exponential(
  inputs: readonly number[],
  model: Estimator,
  { builder }: StepContext,
): readonly number[] {
  return builder.stage({ kind: 'apply', inputs, function: 'exp' }, model.place);
}

/** Poisson and gamma regressors know one link; a Tweedie regressor has a parameter, or chooses by its power. */
function hasLogLink(model: Estimator): boolean {
  if (model.className !== 'TweedieRegressor') return true;
  const link = model.get('link');
  if (link === 'log') return true;
  if (link === 'identity') return false;
  const power = model.get('power');
  if (link !== 'auto' || typeof power !== 'number') {
    model.refuse('has a link or a power that is not understood');
  }
  return power > 0;
}
