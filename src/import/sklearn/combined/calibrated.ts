import type { Category } from '../../../schema/fields.ts';
import { complement, constants, columnSums } from '../../build/arithmetic.ts';
import {
  type Calibrate,
  importCalibrator,
  importTemperature,
  isTemperature,
} from './calibrator.ts';
import { Estimator } from '../read/estimator.ts';
import { type Classifier, asClassifier, probabilitiesOf } from '../read/inner-predictors.ts';
import { oneListOfLabels } from '../read/labels.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * CalibratedClassifierCV (sklearn/calibration.py): the mean over classifiers that were each calibrated
 * class by class, or by one temperature (since 1.8).
 */
export function importCalibrated(model: Estimator, input: Block, context: StepContext): Predictor {
  const { builder } = context;
  const { place } = model;
  const labels = oneListOfLabels(model);
  const folds = model.list('calibrated_classifiers_').map((value, at) => {
    const fold = new Estimator(value, `${place}.calibrated_classifiers_[${at}]`);
    return importFold(fold, labels, input, context);
  });
  if (folds.length === 0) model.refuse('has no calibrated classifiers');
  if (labels.length < 2) model.refuse('knows one class only');
  const probabilities = once(() => {
    const lists = folds.map((fold) => fold());
    const ones = new Float64Array(lists.length).fill(1);
    const sums = columnSums(lists, ones, builder, place);
    return [builder.divide(sums, lists.length, place)];
  });
  const predict = once(() => builder.stage({ kind: 'argmax', inputs: probabilities()[0]! }, place));
  return { labels: [labels], predict, probabilities, scores: {} };
}

/** Answers with a function that appends the stages: a value for each of the labels. */
function importFold(
  fold: Estimator,
  labels: readonly Category[],
  input: Block,
  context: StepContext,
): () => readonly number[] {
  const { builder } = context;
  const { place } = fold;
  // Renamed in 1.2.
  const name = fold.has('base_estimator') ? 'base_estimator' : 'estimator';
  const inside = context.predictor(fold.get(name), `${place}.${name}`, input);
  const inner = asClassifier(inside, 'an estimator', fold);
  // Renamed in 0.24.
  const list = fold.list(fold.has('calibrators_') ? 'calibrators_' : 'calibrators');
  const calibrators = list.map((value, at) => new Estimator(value, `${place}.calibrators[${at}]`));
  const [first] = calibrators;
  if (first === undefined) fold.refuse('has no calibrators');
  const answers = isTemperature(first)
    ? importTemperature(first, inner, labels.length, fold, context)
    : classByClass(calibrators.map(importCalibrator), inner, labels, fold, context);
  return () =>
    // Rounding may have carried values above 1: they become 1 again.
    builder.stage({ kind: 'clip', inputs: answers(), minimum: -Infinity, maximum: 1 }, place);
}

function classByClass(
  calibrators: readonly Calibrate[],
  inner: Classifier,
  labels: readonly Category[],
  fold: Estimator,
  context: StepContext,
): () => readonly number[] {
  const { builder } = context;
  const { place } = fold;
  const positions = inner.labels[0]!.map((label) => labels.indexOf(label));
  if (positions.includes(-1)) fold.refuse('calibrates a class that the whole does not know');
  return () => {
    const responses = responsesOf(inner, labels.length, fold, context);
    const count = Math.min(positions.length, responses.length, calibrators.length);
    if (count === 0) fold.refuse('calibrates nothing');
    const calibrated = responses
      .slice(0, count)
      .map((response, at) => calibrators[at]!(response, context, place));
    if (labels.length === 2)
      return [...complement([calibrated[0]!], builder, place), calibrated[0]!];
    const [zero] = constants([0], builder, place);
    const inputs = labels.map((_, label) => calibrated[positions.indexOf(label)] ?? zero!);
    return builder.stage({ kind: 'shares', inputs, order: 'pairwise', ofZero: 'equal' }, place);
  };
}

/**
 * The calibrated output: the decision function where there is one, else probabilities, of which a binary
 * problem has one. Until 1.3 the problem was binary by the classes of the whole, since then by those of
 * the estimator: one that knows two classes of three then answers for the first of them alone.
 */
function responsesOf(
  inner: Classifier,
  classes: number,
  fold: Estimator,
  { version }: StepContext,
): readonly number[] {
  const decision = inner.scores['decision_function']?.();
  if (decision !== undefined) return decision;
  const values = probabilitiesOf(inner, 'calibrates', fold);
  const isBinary = (isAtLeast(version, 1, 4) ? values.length : classes) === 2;
  return isBinary ? values.slice(1) : values;
}
