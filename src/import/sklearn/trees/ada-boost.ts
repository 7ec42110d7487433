import { firstLargest } from '../../../model/kinds/answer/argmax.ts';
import { numpySum } from '../../../model/numbers/numpy-sum.ts';
import { symmetricLogs } from '../../../model/kinds/answer/samme-logs.ts';
import type { Category } from '../../../schema/fields.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { kindOf } from '../../python/pickle/values.ts';
import { constants, scaled, weightedSums } from '../../build/arithmetic.ts';
import type { Estimator } from '../read/estimator.ts';
import { asClassifier, oneAnswerOf, probabilitiesOf } from '../read/inner-predictors.ts';
import { oneListOfLabels } from '../read/labels.ts';
import { normalizeLeaves } from './leaves.ts';
import { rangesOf } from '../../build/tree-arrays.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import {
  FINITE_FLOAT32,
  answersApart,
  ensembleOf,
  estimatorsOf,
  isTree,
  regressionOf,
} from './tree-ensemble.ts';
import { collectTrees } from './trees.ts';
import { isAtLeast } from '../read/version.ts';

interface Boost {
  readonly model: Estimator;
  readonly estimators: readonly Estimator[];
  /** One for each estimator. */
  readonly weights: Float64Array;
  /** Of all weights, in numpy's order: there may be more than estimators. */
  readonly weightSum: number;
  readonly input: Block;
  readonly context: StepContext;
}

function boostOf(model: Estimator, input: Block, context: StepContext): Boost {
  const estimators = estimatorsOf(model, model.list('estimators_'));
  const value = model.get('estimator_weights_');
  if (!(value instanceof NumpyArray)) model.refuse(`has ${kindOf(value)} for its weights`);
  const all = numbersOf(value);
  if (all.length < estimators.length || !all.every(Number.isFinite)) {
    model.refuse('has no finite weight for each of its estimators');
  }
  const weights = all.slice(0, estimators.length);
  return { model, estimators, weights, weightSum: numpySum(all), input, context };
}

/**
 * sklearn/ensemble/_weight_boosting.py, AdaBoost.R2: the answer at which, in ascending order, the weights
 * come to half of all.
 */
export function importAdaBoostRegressor(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const boost = boostOf(model, input, context);
  const { weights } = boost;
  const predict = once(() => {
    const inputs = areTrees(boost) ? answersOfTrees(boost) : answersOf(boost);
    return context.builder.stage({ kind: 'weightedMedian', inputs, weights }, model.place);
  });
  return { labels: null, predict, probabilities: null, scores: {} };
}

function areTrees({ estimators }: Boost): boolean {
  return estimators.every(isTree);
}

function answersOfTrees({ model, estimators, input, context }: Boost): readonly number[] {
  if (!estimators.every(({ className }) => className.endsWith('Regressor'))) {
    model.refuse('calculates with a classifier');
  }
  return answersApart(estimators, 1, input, context, model.place);
}

function answersOf(boost: Boost): readonly number[] {
  return innerOf(boost).map((inner) => {
    const [answer, ...more] = regressionOf(inner, boost.model);
    if (answer === undefined || more.length > 0) boost.model.refuse('has several outputs inside');
    return answer;
  });
}

function innerOf({ model, estimators, input, context }: Boost): Predictor[] {
  context.builder.require(input.values, 'reject', model.place);
  return estimators.map(({ object, place }) => context.predictor(object, place, input));
}

/**
 * SAMME adds up the weights of estimators for the class that each of them chose, SAMME.R the logarithms
 * of their probabilities.
 */
export function importAdaBoostClassifier(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const { builder, version } = context;
  const { place } = model;
  const labels = oneListOfLabels(model);
  if (labels.length < 2) return alwaysFirst(labels, context, model);
  const boost = boostOf(model, input, context);
  if (boost.weightSum === 0) model.refuse('has weights that come to 0');
  const decisions = once(() => {
    const sums = isReal(boost) ? logarithmSums(boost, labels) : ballotSums(boost, labels);
    return builder.divide(sums, boost.weightSum, place);
  });
  const decision = once(() =>
    labels.length === 2
      ? weightedSums([decisions()], Float64Array.of(-1, 1), builder, place)
      : decisions(),
  );
  const probabilities = once(() => {
    if (!isAtLeast(version, 0, 22)) return [oldProbabilities(boost, labels, decisions)];
    return [softmaxOf(decision(), labels.length)];
  });
  const predict = once(() =>
    labels.length === 2
      ? builder.stage({ kind: 'above', inputs: decision(), threshold: 0 }, place)
      : builder.stage({ kind: 'argmax', inputs: decision() }, place),
  );
  return { labels: [labels], predict, probabilities, scores: { decision_function: decision } };

  function softmaxOf(values: readonly number[], classes: number): readonly number[] {
    if (classes > 2) {
      const inputs = builder.divide(values, classes - 1, place);
      return builder.stage({ kind: 'softmax', inputs }, place);
    }
    const both = [...scaled(values, { factor: -1 }, builder, place), ...values];
    const inputs = builder.divide(both, 2, place);
    return builder.stage({ kind: 'softmax', inputs }, place);
  }
}

/** One class: nothing is decided. */
function alwaysFirst(
  labels: readonly Category[],
  { builder }: StepContext,
  model: Estimator,
): Predictor {
  if (labels.length === 0) model.refuse('was trained on no classes');
  return {
    labels: [labels],
    predict: once(() => constants([0], builder, model.place)),
    probabilities: once(() => [constants([1], builder, model.place)]),
    scores: {},
  };
}

/** SAMME.R, which 1.6 took away. */
function isReal({ model, context }: Boost): boolean {
  const algorithm = model.get('algorithm');
  if (isAtLeast(context.version, 1, 6)) return false;
  if (algorithm !== 'SAMME' && algorithm !== 'SAMME.R') {
    model.refuse('has an algorithm that is not understood');
  }
  return algorithm === 'SAMME.R';
}

/** Since 1.3 what was not chosen loses a share of the weight. */
function othersOf({ weights, context }: Boost, classes: number): Float64Array {
  const share = isAtLeast(context.version, 1, 3) ? -1 / (classes - 1) : 0;
  return weights.map((weight) => share * weight);
}

function ballotSums(boost: Boost, labels: readonly Category[]): readonly number[] {
  const { model, weights, context } = boost;
  const others = othersOf(boost, labels.length);
  if (areTrees(boost)) {
    return leafSums(boost, labels, (row, out, tree) => {
      const chosen = firstLargest(row);
      for (let at = 0; at < out.length; at++) {
        out[at] = at === chosen ? weights[tree]! : others[tree]!;
      }
    });
  }
  const inputs = innerOf(boost).map((inner) => {
    checkLabels(asClassifier(inner, 'an estimator', model).labels[0]!, labels, model);
    return oneAnswerOf(inner, model);
  });
  return context.builder.stage(
    { kind: 'ballots', inputs, weights, others, candidates: labels.length },
    model.place,
  );
}

function logarithmSums(boost: Boost, labels: readonly Category[]): readonly number[] {
  const { model, context } = boost;
  const { builder } = context;
  if (areTrees(boost)) {
    const width = labels.length;
    return leafSums(boost, labels, (row, out) => {
      if (!isAtLeast(context.version, 1, 4)) normalizeLeaves(row, [width], width);
      symmetricLogs(row, out);
    });
  }
  const logs = innerOf(boost).map((inner) => {
    checkLabels(asClassifier(inner, 'an estimator', model).labels[0]!, labels, model);
    const inputs = probabilitiesOf(inner, 'adds up', model);
    return builder.stage({ kind: 'sammeLogs', inputs }, model.place);
  });
  return sumsByClass(logs, new Float64Array(logs.length).fill(1), boost);
}

/** Per class the sum over estimators, in their order. */
function sumsByClass(
  rows: readonly (readonly number[])[],
  weights: Float64Array,
  { model, context }: Boost,
): readonly number[] {
  const lists = rows[0]!.map((_, at) => rows.map((row) => row[at]!));
  return weightedSums(lists, weights, context.builder, model.place);
}

/** Before 0.22 probabilities were exponentials, of SAMME those of weighted probabilities. */
function oldProbabilities(
  boost: Boost,
  labels: readonly Category[],
  decisions: () => readonly number[],
): readonly number[] {
  const { model, weights, weightSum, context } = boost;
  const { builder } = context;
  const means = isReal(boost)
    ? decisions()
    : builder.divide(weightedShares(), weightSum, model.place);
  const factor = 1 / (labels.length - 1);
  const exponents = scaled(means, { factor }, builder, model.place);
  const powers = builder.stage({ kind: 'apply', inputs: exponents, function: 'exp' }, model.place);
  const order = 'pairwise';
  return builder.stage({ kind: 'shares', inputs: powers, order, ofZero: 'kept' }, model.place);

  function weightedShares(): readonly number[] {
    const width = labels.length;
    if (areTrees(boost)) {
      return leafSums(boost, labels, (row, out, tree) => {
        normalizeLeaves(row, [width], width);
        for (let at = 0; at < out.length; at++) out[at] = row[at]! * weights[tree]!;
      });
    }
    const shares = innerOf(boost).map((inner) => probabilitiesOf(inner, 'adds up', model));
    return sumsByClass(shares, weights, boost);
  }
}

/** All trees as one ensemble: what each leaf adds is computed once. */
function leafSums(
  { model, estimators, input, context }: Boost,
  labels: readonly Category[],
  leafOf: (row: Float64Array, out: Float64Array, tree: number) => void,
): readonly number[] {
  const width = labels.length;
  for (const tree of estimators) checkLabels(oneListOfLabels(tree), labels, tree);
  const trees = collectTrees(estimators, width, input.values.length, context.builder);
  const leafValues = new Float64Array(trees.leafValues.length);
  rangesOf(trees).forEach(({ leafStart, leafEnd }, tree) => {
    for (let leaf = leafStart; leaf < leafEnd; leaf++) {
      const [start, end] = [leaf * width, (leaf + 1) * width];
      leafOf(trees.leafValues.subarray(start, end), leafValues.subarray(start, end), tree);
    }
  });
  const ensemble = ensembleOf(trees, leafValues, {
    base: new Float64Array(width),
    treeOutputs: new Uint32Array(0),
    ...FINITE_FLOAT32,
  });
  return context.builder.trees(ensemble, input.values, model.place);
}

function checkLabels(
  own: readonly Category[],
  labels: readonly Category[],
  owner: Estimator,
): void {
  const same = own.length === labels.length && own.every((label, at) => label === labels[at]);
  if (!same) owner.refuse('knows other classes than the model around it');
}
