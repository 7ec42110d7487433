import type { Estimator } from '../read/estimator.ts';
import type { Block, Predictor } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** A search answers as the best estimator that it found (sklearn/model_selection/_search.py). */
export function importSearch(model: Estimator, input: Block, context: StepContext): Predictor {
  if (!model.has('best_estimator_')) {
    model.refuse('has no best_estimator_: search with refit=True, or save the estimator itself');
  }
  return delegate('best_estimator_', model, input, context);
}

/** sklearn/frozen/_frozen.py, since 1.6: an estimator that no fit changes. */
export function importFrozen(model: Estimator, input: Block, context: StepContext): Predictor {
  return delegate('estimator', model, input, context);
}

/** RANSACRegressor (sklearn/linear_model/_ransac.py) answers as the regressor of the inliers. */
export function importRansac(model: Estimator, input: Block, context: StepContext): Predictor {
  return delegate('estimator_', model, input, context);
}

function delegate(name: string, model: Estimator, input: Block, context: StepContext): Predictor {
  return context.predictor(model.get(name), `${model.place}.${name}`, input);
}
