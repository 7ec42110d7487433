import { NumpyArray } from '../../python/pickle/array.ts';
import { PickleObject } from '../../python/pickle/values.ts';
import type { PipelineBuilder } from '../../build/pipeline-builder.ts';
import { Estimator } from '../read/estimator.ts';
import { neededColumn } from '../read/node-columns.ts';
import { type Version, isAtLeast } from '../read/version.ts';

/** Models that answer rows with missing values since a version, as they tell those around them. */
const TAKE_MISSING: readonly (readonly [RegExp, number, number])[] = [
  [/^(HistGradientBoosting|XGB|LGBM)/, 0, 0],
  [/^DecisionTree/, 1, 3],
  [/^RandomForest/, 1, 4],
  [/^ExtraTree/, 1, 6],
];

export function takesMissingToo({ className }: Estimator, version: Version): boolean {
  return TAKE_MISSING.some(
    ([pattern, major, minor]) => pattern.test(className) && isAtLeast(version, major, minor),
  );
}

/**
 * How much each feature lowered the impurity in a tree, or on average over the trees of an ensemble:
 * `feature_importances_`, which files do not keep (sklearn/tree/_tree.pyx, ensemble/_forest.py and
 * _gb.py). Null for other models.
 */
export function treeImportances(
  model: Estimator,
  features: number,
  builder: PipelineBuilder,
): Float64Array | null {
  const { className } = model;
  if (/^(Decision|Extra)Tree(Classifier|Regressor)$/.test(className)) {
    return normalized(impuritiesLowered(model, features, builder));
  }
  const isBoosted = className.startsWith('GradientBoosting');
  if (!isBoosted && !/^(RandomForest|ExtraTrees)/.test(className)) return null;
  const lists = treesOf(model).map((tree) => impuritiesLowered(tree, features, builder));
  // Trees that ask nothing do not count.
  const counted = lists.filter((list) => list.some((each) => each !== 0));
  const shares = isBoosted ? counted : counted.map(normalized);
  const sums = new Float64Array(features);
  for (const list of shares) for (let at = 0; at < features; at++) sums[at]! += list[at]!;
  return normalized(sums.map((sum) => sum / Math.max(shares.length, 1)));
}

function treesOf(model: Estimator): Estimator[] {
  const trees = model.get('estimators_');
  const list = trees instanceof NumpyArray ? trees.objects : trees;
  if (!Array.isArray(list)) model.refuse('has no estimators_: it was saved untrained');
  return list.map((tree, at) => new Estimator(tree, `${model.place}.estimators_[${at}]`));
}

function normalized(importances: Float64Array): Float64Array {
  const sum = importances.reduce((a, b) => a + b, 0);
  return sum > 0 ? importances.map((each) => each / sum) : importances;
}

/** Node by node: what the split took off the impurity, by the weight of the rows that came by. */
function impuritiesLowered(
  model: Estimator,
  features: number,
  builder: PipelineBuilder,
): Float64Array {
  const nodes = nodesOf(model);
  const column = (name: string): Float64Array => neededColumn(nodes, name, model);
  const { count } = nodes;
  builder.handOver(count + features);
  const [left, right, feature] = [column('left_child'), column('right_child'), column('feature')];
  const [rows, impurity] = [column('weighted_n_node_samples'), column('impurity')];
  const weighed = (node: number): number => rows[node]! * impurity[node]!;
  const isInside = (child: number): boolean => child >= 0 && child < count;
  const lowered = new Float64Array(features);
  for (let node = 0; node < count; node++) {
    const [below, beyond, asked] = [left[node]!, right[node]!, feature[node]!];
    if (below === -1 && beyond === -1) continue;
    if (!isInside(below) || !isInside(beyond) || !(asked >= 0 && asked < features)) {
      model.refuse('has a tree with a node that leads outside of it');
    }
    lowered[asked]! += weighed(node) - weighed(below) - weighed(beyond);
  }
  return lowered.map((each) => each / rows[0]!);
}

function nodesOf(model: Estimator): NumpyArray {
  const tree = model.get('tree_');
  const nodes =
    tree instanceof PickleObject && tree.state instanceof Map ? tree.state.get('nodes') : null;
  const isThere = nodes instanceof NumpyArray && nodes.type.fields !== null && nodes.count > 0;
  return isThere ? nodes : model.refuse('has no tree_ with nodes');
}
