import type { Estimator } from '../read/estimator.ts';
import { OUTPUTS_MAX, labelsOf } from '../read/labels.ts';
import { normalizeLeaves } from './leaves.ts';
import { takesMissing } from './missing.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { ensembleOf, estimatorsOf } from './tree-ensemble.ts';
import { collectTrees } from './trees.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * A forest (sklearn/ensemble/_forest.py): the trees' answers added in order, then divided by their
 * number.
 */
export function importForest(model: Estimator, input: Block, context: StepContext): Predictor {
  return importTrees(model, estimatorsOf(model, model.list('estimators_')), input, context);
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
  const first = trees[0]!;
  const isForest = first !== model;
  const outputs = model.count('n_outputs_', OUTPUTS_MAX);
  const labels = model.className.endsWith('Classifier') ? labelsOf(model, outputs) : null;
  const stride = labels === null ? 1 : Math.max(...labels.map((list) => list.length));
  if (outputs < 1 || stride < 1) model.refuse('answers nothing: it has no outputs or no classes');
  const width = outputs * stride;
  const collected = collectTrees(trees, width, input.values.length, builder);
  if (labels !== null && !isAtLeast(version, 1, 4)) {
    const classCounts = labels.map((list) => list.length);
    normalizeLeaves(collected.leafValues, classCounts, stride);
  }
  const ensemble = ensembleOf(collected, collected.leafValues, {
    // A forest starts from 0. A single tree adds nothing: x + -0 is x, even where x is -0.
    base: new Float64Array(width).fill(isForest ? 0 : -0),
    treeOutputs: new Uint32Array(0),
    featureType: 'float32',
    missing: takesMissing(first, version, isForest, input.sparse) ? 'nodes' : 'reject',
  });
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
