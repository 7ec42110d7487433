import type { Estimator } from '../read/estimator.ts';
import {
  asClassifier,
  innerPredictors,
  oneAnswerOf,
  probabilitiesOf,
} from '../read/inner-predictors.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/** sklearn/multioutput.py: an estimator for each output, none of which knows the others. */
export function importMultiOutputRegressor(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const inner = innerPredictors(model, 'estimators_', input, context);
  if (inner.some(({ labels }) => labels !== null)) model.refuse('has a classifier inside');
  const predict = once(() => answers(inner, model, input, context));
  return { labels: null, predict, probabilities: null, scores: {} };
}

export function importMultiOutputClassifier(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const inner = innerPredictors(model, 'estimators_', input, context).map((predictor) =>
    asClassifier(predictor, 'an estimator', model),
  );
  for (const { labels } of inner) context.builder.handOver(labels[0]!.length);
  const predict = once(() => answers(inner, model, input, context));
  const probabilities = inner.every((predictor) => predictor.probabilities !== null)
    ? once(() => inner.map((predictor) => probabilitiesOf(predictor, 'asks', model)))
    : null;
  return { labels: inner.map(({ labels }) => labels[0]!), predict, probabilities, scores: {} };
}

function answers(
  inner: readonly Predictor[],
  model: Estimator,
  input: Block,
  { builder, version }: StepContext,
): number[] {
  // Later versions leave the check to the estimators inside.
  if (!isAtLeast(version, 0, 24)) builder.require(input.values, 'reject', model.place);
  return inner.map((predictor) => oneAnswerOf(predictor, model));
}
