import type { Category } from '../../schema/fields.ts';
import type { Ensemble } from '../../model/model.ts';
import { refuse } from '../refuse.ts';
import { NumpyArray } from '../pickle/array.ts';
import { itemsOf } from '../pickle/elements.ts';
import type { PickleValue } from '../pickle/values.ts';
import { VALUES_MAX } from './builder.ts';
import { Estimator } from './estimator.ts';
import { normalizeLeaves } from './leaves.ts';
import { takesMissing } from './missing.ts';
import { type Block, type Predictor, type StepContext, once } from './step.ts';
import { type Trees, collectTrees } from './trees.ts';
import { isAtLeast } from './version.ts';

/** Outputs of one model; the widest multi-output data sets have hundreds. */
const OUTPUTS_MAX = 100_000;

/** A forest: the trees' answers added in order, then divided by their number. */
export function importForest(model: Estimator, input: Block, context: StepContext): Predictor {
  const list = model.list('estimators_');
  // Before anything is made of them: two bytes of a file are enough to name a tree once more.
  if (new Set(list).size !== list.length) refuse('Two trees of the file share their nodes');
  const trees = list.map((tree, at) => new Estimator(tree, `${model.place}.estimators_[${at}]`));
  return importTrees(model, trees, input, context);
}

/** A tree that stands alone: a forest of one that divides by nothing. */
export function importTree(model: Estimator, input: Block, context: StepContext): Predictor {
  return importTrees(model, [model], input, context);
}

function importTrees(
  model: Estimator,
  trees: readonly Estimator[],
  input: Block,
  context: StepContext,
): Predictor {
  const { builder, version } = context;
  const [first] = trees;
  if (first === undefined) model.refuse('has no trees');
  const isForest = first !== model;
  const outputs = model.count('n_outputs_', OUTPUTS_MAX);
  const labels = model.className.endsWith('Classifier') ? labelsOf(model, outputs) : null;
  const stride = labels === null ? 1 : Math.max(...labels.map((list) => list.length));
  if (outputs < 1 || stride < 1) model.refuse('answers nothing: it has no outputs or no classes');
  const width = outputs * stride;
  const collected = collectTrees(trees, width, input.values.length);
  if (labels !== null && !isAtLeast(version, 1, 4)) {
    const classCounts = labels.map((list) => list.length);
    normalizeLeaves(collected.leafValues, classCounts, stride);
  }
  const missing = takesMissing(first, version, isForest, input.sparse) ? 'nodes' : 'reject';
  const ensemble = ensembleOf(collected, width, isForest, missing);
  const means = once(() => {
    const sums = builder.trees(ensemble, input.values, model.place);
    return isForest ? builder.divide(sums, trees.length, model.place) : sums;
  });
  if (labels === null) return { labels, predict: means, probabilities: null, scores: {} };
  const probabilities = once(() =>
    labels.map((list, output) => means().slice(output * stride, output * stride + list.length)),
  );
  const predict = once(() =>
    probabilities().map((inputs) => builder.stage({ kind: 'argmax', inputs }, model.place)[0]!),
  );
  return { labels, predict, probabilities, scores: {} };
}

function ensembleOf(
  trees: Trees,
  width: number,
  isForest: boolean,
  missing: Ensemble['missing'],
): Ensemble {
  const { roots, feature, threshold, left, right, missingLeft, visits, leafValues } = trees;
  return {
    roots,
    feature,
    threshold,
    left,
    right,
    missingLeft,
    visits,
    leafValues,
    outputs: width,
    treeOutputs: new Uint32Array(0),
    comparison: '<=',
    // A forest starts from 0. A single tree adds nothing: x + -0 is x, even where x is -0.
    base: new Float64Array(width).fill(isForest ? 0 : -0),
    featureType: 'float32',
    missing,
  };
}

/** The class labels of every output: one array, or a list of them. */
function labelsOf(model: Estimator, outputs: number): Category[][] {
  const classes = model.get('classes_');
  const lists = Array.isArray(classes) ? classes : [classes];
  if (lists.length !== outputs)
    model.refuse(`has classes for ${lists.length} of ${outputs} outputs`);
  let count = 0;
  return lists.map((list) => {
    if (!(list instanceof NumpyArray)) model.refuse('has classes that are not in an array');
    count += list.count;
    if (count > VALUES_MAX) model.refuse(`has more than ${VALUES_MAX} classes`);
    return itemsOf(list).map((label) => labelOf(label, model));
  });
}

function labelOf(label: PickleValue, model: Estimator): Category {
  if (typeof label === 'number' || typeof label === 'string' || typeof label === 'boolean') {
    return label;
  }
  model.refuse('has a class that is neither a number, a text nor true or false');
}
