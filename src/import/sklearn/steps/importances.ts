import { NumpyArray } from '../../python/pickle/array.ts';
import { alignedBytes } from '../../python/pickle/elements.ts';
import { PickleObject } from '../../python/pickle/values.ts';
import type { PipelineBuilder } from '../../build/pipeline-builder.ts';
import { Estimator } from '../read/estimator.ts';
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
  const { count, read } = nodesOf(model);
  builder.handOver(count + features);
  const lowered = new Float64Array(features);
  for (let node = 0; node < count; node++) {
    const left = Number(read.left_child(node));
    const right = Number(read.right_child(node));
    if (left === -1 && right === -1) continue;
    const feature = Number(read.feature(node));
    const isInside = (child: number): boolean => child >= 0 && child < count;
    if (!isInside(left) || !isInside(right) || !(feature >= 0 && feature < features)) {
      model.refuse('has a tree with a node that leads outside of it');
    }
    lowered[feature]! += weighed(read, node) - weighed(read, left) - weighed(read, right);
  }
  const rows = read.weighted_n_node_samples(0);
  return lowered.map((each) => each / rows);
}

interface NodeReader {
  readonly left_child: (node: number) => bigint;
  readonly right_child: (node: number) => bigint;
  readonly feature: (node: number) => bigint;
  readonly impurity: (node: number) => number;
  readonly weighted_n_node_samples: (node: number) => number;
}

function weighed(read: NodeReader, node: number): number {
  return read.weighted_n_node_samples(node) * read.impurity(node);
}

function nodesOf(model: Estimator): { readonly count: number; readonly read: NodeReader } {
  const tree = model.get('tree_');
  const nodes =
    tree instanceof PickleObject && tree.state instanceof Map ? tree.state.get('nodes') : null;
  if (!(nodes instanceof NumpyArray) || nodes.type.fields === null || nodes.count === 0) {
    model.refuse('has no tree_ with nodes');
  }
  const { fields, itemBytes } = nodes.type;
  const bytes = alignedBytes(nodes.bytes, 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsetOf = (name: string, type: string): number => {
    const field = fields.get(name);
    if (field?.type.name !== type || field.type.bigEndian) {
      model.refuse(`has nodes whose ${name} is not a little-endian ${type}`);
    }
    return field.offset;
  };
  const integer = (name: string) => {
    const offset = offsetOf(name, 'i8');
    return (node: number): bigint => view.getBigInt64(node * itemBytes + offset, true);
  };
  const double = (name: string) => {
    const offset = offsetOf(name, 'f8');
    return (node: number): number => view.getFloat64(node * itemBytes + offset, true);
  };
  return {
    count: nodes.count,
    read: {
      left_child: integer('left_child'),
      right_child: integer('right_child'),
      feature: integer('feature'),
      impurity: double('impurity'),
      weighted_n_node_samples: double('weighted_n_node_samples'),
    },
  };
}
