import type { Category } from '../../../schema/fields.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { kindOf } from '../../python/pickle/values.ts';
import { complement, scaled, weightedSums } from '../../build/arithmetic.ts';
import type { Estimator } from '../read/estimator.ts';
import { type BoostingLink, type Start, startOf } from './gradient-boosting-start.ts';
import { oneListOfLabels } from '../read/labels.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { BELOW_ZERO, FINITE_FLOAT32, answersApart, ensembleOf, treesOf } from './tree-ensemble.ts';
import { collectTrees } from './trees.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * sklearn/ensemble/_gb.py (gradient_boosting.py before 0.22): where the init stands, plus learning rate
 * times leaf, stage after stage; of more than two classes each stage has a tree for every class.
 */
export function importGradientBoosting(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const labels = model.className.endsWith('Classifier') ? oneListOfLabels(model) : null;
  if (labels !== null && labels.length < 2) model.refuse('was trained on fewer than two classes');
  const sums = labels === null || labels.length === 2 ? 1 : labels.length;
  const link = labels === null ? 'identity' : linkOf(model, sums);
  const raw = once(() => {
    const start = startOf(model, input, { sums, link }, context);
    return rawScores(model, input, start, context);
  });
  if (labels === null) return { labels, predict: raw, probabilities: null, scores: {} };
  return classifier(model, labels, link, raw, context);
}

function linkOf(model: Estimator, sums: number): BoostingLink {
  const loss = model.get('loss');
  if (loss === 'exponential' && sums === 1) return 'halfLogit';
  // Renamed in 1.1.
  if (loss !== 'deviance' && loss !== 'log_loss') model.refuse('has a loss that is not understood');
  return sums === 1 ? 'logit' : 'multinomial';
}

function rawScores(
  model: Estimator,
  input: Block,
  start: Start,
  context: StepContext,
): readonly number[] {
  const { builder } = context;
  const trees = stagesOf(model, start.sums);
  const rate = model.get('learning_rate');
  if (typeof rate !== 'number' || !Number.isFinite(rate)) model.refuse('has no learning rate');
  if (start.kind === 'constant') {
    const collected = collectTrees(trees, 1, input.values.length, builder);
    // The library multiplies for every row; the product is the same double.
    const leafValues = collected.leafValues.map((value) => rate * value);
    const turns = Uint32Array.from(trees, (_, tree) => tree % start.sums);
    const ensemble = ensembleOf(collected, leafValues, {
      base: start.numbers,
      treeOutputs: start.sums === 1 ? new Uint32Array(0) : turns,
      ...FINITE_FLOAT32,
    });
    return builder.trees(ensemble, input.values, model.place);
  }
  // The sum begins with the init's answer to the row: every tree has its own output and is added in order.
  const separate = answersApart(trees, rate, input, context, model.place);
  const ofSum = (sum: number): number[] => separate.filter((_, tree) => tree % start.sums === sum);
  const lists = start.values().map((value, sum) => [value].concat(ofSum(sum)));
  const weights = new Float64Array(lists[0]!.length).fill(1);
  return weightedSums(lists, weights, builder, model.place);
}

/** All trees: stage after stage, in each one after the other. */
function stagesOf(model: Estimator, sums: number): Estimator[] {
  const value = model.get('estimators_');
  if (value === null) model.refuse('has no estimators_: it was saved before it was trained');
  if (!(value instanceof NumpyArray) || value.objects === null) {
    model.refuse(`has ${kindOf(value)} for its estimators_`);
  }
  const { shape, fortran, objects } = value;
  if (shape.length !== 2 || shape[1] !== sums || fortran) {
    model.refuse(`has trees in the shape ${shape.join(' x ')} where ${sums} a stage are expected`);
  }
  return treesOf(model, objects);
}

function classifier(
  model: Estimator,
  labels: readonly Category[],
  link: BoostingLink,
  raw: () => readonly number[],
  { builder, version }: StepContext,
): Predictor {
  const isNew = isAtLeast(version, 1, 4);
  const { place } = model;
  const probabilities = once(() => {
    if (link === 'multinomial') {
      return [builder.stage({ kind: isNew ? 'softmax' : 'softmaxByLog', inputs: raw() }, place)];
    }
    const inputs = link === 'halfLogit' ? scaled(raw(), { factor: 2 }, builder, place) : raw();
    const positive = builder.stage({ kind: 'sigmoid', inputs }, place);
    return [[...complement(positive, builder, place), ...positive]];
  });
  const predict = once(() => {
    if (link === 'halfLogit' || (isNew && link === 'logit')) {
      return builder.stage({ kind: 'above', inputs: raw(), threshold: BELOW_ZERO }, place);
    }
    // Before 1.4 the probabilities decided: where both round to one half, the first class.
    const inputs = isNew ? raw() : probabilities()[0]!;
    return builder.stage({ kind: 'argmax', inputs }, place);
  });
  return { labels: [labels], predict, probabilities, scores: { decision_function: raw } };
}
