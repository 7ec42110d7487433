import type { Category } from '../../../schema/fields.ts';
import { complement, scaled } from '../../build/arithmetic.ts';
import { Estimator } from '../read/estimator.ts';
import {
  type Classifier,
  asClassifier,
  innerPredictors,
  oneAnswerOf,
  probabilitiesOf,
} from '../read/inner-predictors.ts';
import { oneListOfLabels } from '../read/labels.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/** OneVsRestClassifier (sklearn/multiclass.py): an estimator for each class, one alone for two classes. */
export function importOneAgainstRest(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const { builder, version } = context;
  const { place } = model;
  const binarizer = new Estimator(model.get('label_binarizer_'), `${place}.label_binarizer_`);
  const targets = binarizer.get('y_type_');
  if (targets !== 'multiclass' && targets !== 'binary') {
    model.refuse('answers several labels at once: use a MultiOutputClassifier');
  }
  const labels = oneListOfLabels(binarizer);
  const inner = innerPredictors(model, 'estimators_', input, context);
  const isBinary = targets === 'binary';
  if (labels.length < 2 || inner.length !== (isBinary ? 1 : labels.length)) {
    model.refuse(`has ${inner.length} estimators for ${labels.length} classes`);
  }
  const predict = once(() => {
    const responses = inner.map((predictor) => responseOf(predictor, model));
    if (isBinary) return aboveThreshold(responses, inner[0]!, model, context);
    // The last of equals wins; since 1.8 the first.
    if (isAtLeast(version, 1, 8))
      return builder.stage({ kind: 'argmax', inputs: responses }, place);
    const fromEnd = builder.stage({ kind: 'argmax', inputs: responses.toReversed() }, place);
    return scaled(fromEnd, { factor: -1, shift: labels.length - 1 }, builder, place);
  });
  return {
    labels: [labels],
    predict,
    probabilities: inner.every(({ probabilities }) => probabilities !== null)
      ? once(() => [shares(inner, model, context)])
      : null,
    scores: decisionFunction(inner),
  };
}

/** The second probability of every estimator, as a share of all. */
function shares(
  inner: readonly Predictor[],
  model: Estimator,
  { builder, version }: StepContext,
): readonly number[] {
  const { place } = model;
  const seconds = inner.map(
    (predictor) => probabilitiesOf(predictor, 'asks', model)[1] ?? model.refuse('asks one class'),
  );
  const isAlone = seconds.length === 1;
  const inputs = isAlone ? [...complement(seconds, builder, place), ...seconds] : seconds;
  const ofZero = isAtLeast(version, 1, 7) ? 'kept' : 'missing';
  // The source adds them along an outer axis.
  return builder.stage({ kind: 'shares', inputs, order: 'sequential', ofZero }, place);
}

function decisionFunction(inner: readonly Predictor[]): Predictor['scores'] {
  const functions = inner.map(({ scores }) => scores['decision_function']);
  if (!functions.every((of) => of !== undefined)) return {};
  return { decision_function: once(() => functions.flatMap((of) => of())) };
}

/** OneVsOneClassifier: an estimator for each pair of classes, trained on 0 and 1. */
export function importOneAgainstOne(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const { builder } = context;
  const { place } = model;
  if (model.has('pairwise_indices_')) {
    model.refuse('was trained on distances between rows (pairwise), which no row alone knows');
  }
  const labels = oneListOfLabels(model);
  const inner = innerPredictors(model, 'estimators_', input, context).map((predictor) =>
    asBinary(predictor, model),
  );
  const pairs = (labels.length * (labels.length - 1)) / 2;
  if (labels.length < 2 || inner.length !== pairs) {
    model.refuse(`has ${inner.length} estimators for ${labels.length} classes`);
  }
  const victories = once(() => {
    const winners = inner.map((predictor) => oneAnswerOf(predictor, model));
    const responses = inner.map((predictor) => responseOf(predictor, model));
    const inputs = [...winners, ...responses];
    const all = builder.stage({ kind: 'duels', inputs, candidates: labels.length }, place);
    return labels.length === 2 ? all.slice(1) : all;
  });
  const predict = once(() =>
    labels.length === 2
      ? aboveThreshold(victories(), inner[0]!, model, context)
      : builder.stage({ kind: 'argmax', inputs: victories() }, place),
  );
  return {
    labels: [labels],
    predict,
    probabilities: null,
    scores: { decision_function: victories },
  };
}

const NO_YES: readonly Category[] = [0, 1];

function asBinary(predictor: Predictor, model: Estimator): Classifier {
  const inner = asClassifier(predictor, 'an estimator', model);
  const [labels] = inner.labels;
  if (labels?.length !== 2 || labels.some((label, at) => label !== NO_YES[at])) {
    model.refuse('has an estimator that does not answer 0 or 1');
  }
  return inner;
}

/** The value for the second class: the decision, else its probability; a regressor's answer. */
function responseOf(inner: Predictor, model: Estimator): number {
  if (inner.labels === null) return oneAnswerOf(inner, model);
  const values =
    inner.scores['decision_function']?.() ?? probabilitiesOf(inner, 'asks', model).slice(1);
  if (values.length !== 1) model.refuse('has an estimator that decides between many classes');
  return values[0]!;
}

/** A decision is for the second class above 0, a probability above one half (in 1-on-1 only since 1.1). */
function aboveThreshold(
  inputs: readonly number[],
  first: Predictor,
  model: Estimator,
  { builder, version }: StepContext,
): readonly number[] {
  const decides = first.labels !== null && first.scores['decision_function'] !== undefined;
  const knowsHalf = model.className === 'OneVsRestClassifier' || isAtLeast(version, 1, 1);
  const threshold = decides || !knowsHalf ? 0 : 0.5;
  return builder.stage({ kind: 'above', inputs, threshold }, model.place);
}
