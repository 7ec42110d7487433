import type { Category } from '../../../schema/fields.ts';
import { weightedSums } from '../../build/arithmetic.ts';
import type { Estimator } from '../read/estimator.ts';
import { asClassifier, labelNumber, probabilitiesOf } from '../read/inner-predictors.ts';
import { OUTPUTS_MAX, labelsOf, oneListOfLabels } from '../read/labels.ts';
import { normalizeLeaves } from './leaves.ts';
import { takesMissing } from './missing.ts';
import { type Trees, rangesOf } from '../../build/tree-arrays.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import {
  drawnColumns,
  ensembleOf,
  estimatorsOf,
  isTree,
  regressionOf,
  remapColumns,
} from './tree-ensemble.ts';
import { collectTrees } from './trees.ts';
import { isAtLeast } from '../read/version.ts';

/** sklearn/ensemble/_bagging.py: the mean of what estimators say, each of the columns drawn for it. */
export function importBagging(model: Estimator, input: Block, context: StepContext): Predictor {
  const estimators = estimatorsOf(model, model.list('estimators_'));
  const drawn = drawnColumns(model, estimators.length, input.values.length);
  const bag = { model, estimators, drawn, input, context };
  const isClassifier = model.className.endsWith('Classifier');
  return isClassifier ? bagOfClassifiers(bag) : bagOfRegressors(bag);
}

interface Bag {
  readonly model: Estimator;
  readonly estimators: readonly Estimator[];
  readonly drawn: readonly (readonly number[])[];
  readonly input: Block;
  readonly context: StepContext;
}

function bagOfRegressors(bag: Bag): Predictor {
  const { model, estimators, context } = bag;
  const predict = once(() => {
    if (!areTrees(bag)) {
      const answers = innerOf(bag).map((inner) => regressionOf(inner, model));
      return meansOf(byOutput(answers, model), bag);
    }
    if (!estimators.every(({ className }) => className.endsWith('Regressor'))) {
      model.refuse('calculates with a classifier');
    }
    const sums = sumsOfTrees(bag, valuesOf(estimators[0]!), (trees) => trees.leafValues);
    return context.builder.divide(sums, estimators.length, model.place);
  });
  return { labels: null, predict, probabilities: null, scores: {} };
}

/** From a list for each estimator to one for each of its outputs. */
function byOutput(
  answers: readonly (readonly number[])[],
  model: Estimator,
): readonly (readonly number[])[] {
  const [first] = answers;
  if (answers.some(({ length }) => length !== first!.length)) {
    model.refuse('has estimators that answer different numbers of values');
  }
  return first!.map((_, at) => answers.map((each) => each[at]!));
}

function bagOfClassifiers(bag: Bag): Predictor {
  const { model, estimators, context } = bag;
  const { builder } = context;
  const labels = oneListOfLabels(model);
  if (labels.length === 0) model.refuse('was trained on no classes');
  const inner = once(() => innerOf(bag));
  const probabilities = once(() => {
    if (!areTrees(bag)) return [meansOf(sharesOf(bag, inner(), labels.length), bag)];
    const sums = sumsOfTrees(bag, labels.length, (trees) => classShares(bag, trees, labels.length));
    return [builder.divide(sums, estimators.length, model.place)];
  });
  const predict = once(() =>
    builder.stage({ kind: 'argmax', inputs: probabilities()[0]! }, model.place),
  );
  const knowsDecision =
    !areTrees(bag) && inner().every(({ scores }) => scores['decision_function'] !== undefined);
  const decision = once(() => {
    const decisions = inner().map(({ scores }) => scores['decision_function']!());
    return meansOf(byOutput(decisions, model), bag);
  });
  const scores = knowsDecision ? { decision_function: decision } : {};
  return { labels: [labels], predict, probabilities, scores };
}

/** True where all estimators merge into one ensemble: trees whose leaves hold equally many values. */
function areTrees({ estimators }: Bag): boolean {
  return estimators.every(isTree) && new Set(estimators.map(valuesOf)).size === 1;
}

/** One ensemble of all trees, each with the columns that it was given. */
function sumsOfTrees(
  { model, estimators, drawn, input, context }: Bag,
  sums: number,
  leavesOf: (trees: Trees) => Float64Array,
): readonly number[] {
  const { builder, version } = context;
  const [first] = estimators;
  const width = drawn[0]!.length;
  if (drawn.some(({ length }) => length !== width)) {
    model.refuse('has trees with different numbers of columns');
  }
  const trees = collectTrees(estimators, valuesOf(first!), width, builder);
  remapColumns(trees, drawn);
  const ensemble = ensembleOf(trees, leavesOf(trees), {
    base: new Float64Array(sums),
    treeOutputs: new Uint32Array(0),
    featureType: 'float32',
    missing: takesMissing(first!, version, false, input.sparse) ? 'nodes' : 'reject',
  });
  return builder.trees(ensemble, input.values, model.place);
}

/** Values in each node of a tree. */
function valuesOf(tree: Estimator): number {
  const outputs = tree.count('n_outputs_', OUTPUTS_MAX);
  if (!tree.className.endsWith('Classifier')) return outputs;
  return labelsOf(tree, 1)[0]!.length;
}

/** Every leaf's share of each class of the whole: a tree may not have seen them all. */
function classShares(bag: Bag, trees: Trees, classes: number): Float64Array {
  const { model, estimators, context } = bag;
  const width = valuesOf(estimators[0]!);
  if (!isAtLeast(context.version, 1, 4)) normalizeLeaves(trees.leafValues, [width], width);
  const positions = estimators.map((tree) => positionsOf(oneListOfLabels(tree), classes, model));
  if (positions.some(({ length }) => length !== width)) {
    model.refuse('has trees that know different numbers of classes');
  }
  if (width === classes) return trees.leafValues;
  const shares = new Float64Array((trees.leafValues.length / width) * classes);
  rangesOf(trees).forEach(({ leafStart, leafEnd }, tree) => {
    for (let leaf = leafStart; leaf < leafEnd; leaf++) {
      positions[tree]!.forEach((position, at) => {
        shares[leaf * classes + position] = trees.leafValues[leaf * width + at]!;
      });
    }
  });
  return shares;
}

/** Estimators inside are trained on the positions of the labels. */
function positionsOf(labels: readonly Category[], classes: number, model: Estimator): number[] {
  return labels.map((label) => {
    const isPosition =
      typeof label === 'number' && Number.isInteger(label) && label >= 0 && label < classes;
    return isPosition ? label : model.refuse('has an estimator with classes of its own');
  });
}

function innerOf({ estimators, drawn, input, context }: Bag): Predictor[] {
  return estimators.map(({ object, place }, at) => {
    const values = drawn[at]!.map((column) => input.values[column]!);
    return context.predictor(object, place, { ...input, values });
  });
}

/** For each class what every estimator that knows it gives to it: a probability, or its vote. */
function sharesOf(
  { model, context }: Bag,
  inner: readonly Predictor[],
  classes: number,
): readonly (readonly number[])[] {
  const lists = Array.from({ length: classes }, (): number[] => []);
  for (const each of inner) {
    const known = asClassifier(each, 'an estimator', model);
    const positions = positionsOf(known.labels[0]!, classes, model);
    const shares =
      each.probabilities === null
        ? voteOf(labelNumber(known, context, model), classes)
        : probabilitiesOf(each, 'averages', model);
    shares.forEach((share, at) => {
      lists[each.probabilities === null ? at : positions[at]!]!.push(share);
    });
  }
  return lists;

  function voteOf(position: number, candidates: number): readonly number[] {
    const weights = Float64Array.of(1);
    return context.builder.stage(
      { kind: 'votes', inputs: [position], weights, candidates },
      model.place,
    );
  }
}

/** Each list added up in its order, then divided by the number of estimators. */
function meansOf(lists: readonly (readonly number[])[], bag: Bag): readonly number[] {
  const { model, estimators, context } = bag;
  const { builder } = context;
  const sums = lists.flatMap((list) =>
    weightedSums([list], new Float64Array(list.length).fill(1), builder, model.place),
  );
  return builder.divide(sums, estimators.length, model.place);
}
