import type { Estimator } from '../read/estimator.ts';
import { inverseOf } from './inverse.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** sklearn/compose/_target.py: what the regressor answers, back through the transformer of the target. */
export function importTransformedTarget(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const regressor = context.predictor(model.get('regressor_'), `${model.place}.regressor_`, input);
  if (regressor.labels !== null) model.refuse('transforms class labels');
  const inverse = inverseOf(model.get('transformer_'), `${model.place}.transformer_`);
  const predict = once(() => inverse(regressor.predict(), context));
  return { labels: null, predict, probabilities: null, scores: {} };
}
