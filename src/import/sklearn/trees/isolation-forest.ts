import { roundedLog } from '../../../model/numbers/rounded.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { PickleObject, type PickleValue, kindOf } from '../../python/pickle/values.ts';
import { refuse } from '../../../model/refuse.ts';
import { scaled } from '../../build/arithmetic.ts';
import type { Estimator } from '../read/estimator.ts';
import { takesMissing } from './missing.ts';
import { neededColumn } from '../read/node-columns.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import {
  BELOW_ZERO,
  drawnColumns,
  ensembleOf,
  remapColumns,
  treesOf,
  withValues,
} from './tree-ensemble.ts';
import { collectTrees } from './trees.ts';
import { type Version, isAtLeast } from '../read/version.ts';

/** Euler's constant, as numpy has it. */
const EULER = 0.5772156649015329;

/** Training rows of one tree; more than a double counts exactly are none. */
const ROWS_MAX = Number.MAX_SAFE_INTEGER;

/**
 * sklearn/ensemble/_iforest.py: how deep a row falls, averaged over the trees, against how deep it
 * would fall among so many at random. `predict` answers 1, or -1 for an outlier.
 */
export function importIsolationForest(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const { builder, version } = context;
  const { place } = model;
  const trees = treesOf(model, model.list('estimators_'));
  const expected = averagePathLength(rowsOfTree(model), version);
  if (expected === 0) model.refuse('was trained on one row a tree, which tells no depths apart');
  const samples = once(() => {
    const depths = depthSums(model, trees, input, context);
    const negative = scaled(depths, { factor: -1 }, builder, place);
    // Until 0.20 the mean first, then against what is expected.
    const inputs = isAtLeast(version, 0, 21)
      ? builder.divide(negative, trees.length * expected, place)
      : builder.divide(builder.divide(negative, trees.length, place), expected, place);
    const powers = builder.stage({ kind: 'apply', inputs, function: 'exp2' }, place);
    return scaled(powers, { factor: -1 }, builder, place);
  });
  const offset = numberOf(model, 'offset_');
  const decision = once(() => scaled(samples(), { shift: -offset }, builder, place));
  const predict = once(() => {
    const threshold = thresholdOf(model, version);
    const inputs = scaled(decision(), { shift: -threshold }, builder, place);
    const inlier = builder.stage({ kind: 'above', inputs, threshold: BELOW_ZERO }, place);
    return scaled(inlier, { factor: 2, shift: -1 }, builder, place);
  });
  return {
    labels: null,
    predict,
    probabilities: null,
    scores: { decision_function: decision, score_samples: samples },
  };
}

/** Until 0.21 an old behaviour had a threshold of its own. */
function thresholdOf(model: Estimator, version: Version): number {
  if (isAtLeast(version, 0, 22) || model.get('behaviour') !== 'old') return 0;
  return numberOf(model, model.has('_threshold_') ? '_threshold_' : 'threshold_');
}

function numberOf(model: Estimator, name: string): number {
  const value = model.get(name);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  model.refuse(`has no finite number for its ${name}`);
}

function rowsOfTree(model: Estimator): number {
  return model.count(model.has('_max_samples') ? '_max_samples' : 'max_samples_', ROWS_MAX);
}

/** The depth that a tree would have reached below a leaf of so many rows, on average. */
function averagePathLength(rows: number, version: Version): number {
  if (isAtLeast(version, 0, 21) && rows <= 2) return rows <= 1 ? 0 : 1;
  if (rows <= 1) return 1;
  return 2 * (roundedLog(rows - 1) + EULER) - (2 * (rows - 1)) / rows;
}

function depthSums(
  model: Estimator,
  trees: readonly Estimator[],
  input: Block,
  { builder, version }: StepContext,
): readonly number[] {
  const columns = input.values.length;
  const drawn = drawnColumns(model, trees.length, columns);
  const width = drawn[0]!.length;
  // Where all columns are drawn, the library leaves them in their order.
  const isSubset = model.count('_max_features', columns) !== columns;
  if (drawn.some(({ length }) => length !== width) || (!isSubset && width !== columns)) {
    model.refuse('has trees with different numbers of columns');
  }
  const averages = averagesOf(model, trees.length);
  const collected = collectTrees(
    trees.map((tree, at) => withDepths(tree, averages?.[at] ?? null, version)),
    1,
    width,
    builder,
  );
  if (isSubset) remapColumns(collected, drawn);
  const takes = isAtLeast(version, 1, 6) && takesMissing(trees[0]!, version, false, input.sparse);
  const ensemble = ensembleOf(collected, collected.leafValues, {
    base: new Float64Array(1),
    treeOutputs: new Uint32Array(0),
    featureType: 'float32',
    missing: takes ? 'nodes' : 'reject',
  });
  return builder.trees(ensemble, input.values, model.place);
}

/** Since 1.3 the file keeps, for every node, the average path length of its training rows. */
function averagesOf(model: Estimator, trees: number): readonly Float64Array[] | null {
  const lists = model.get('_average_path_length_per_tree');
  if (lists === null) return null;
  if (!Array.isArray(lists) || lists.length !== trees) {
    model.refuse(`has ${kindOf(lists)} for the path lengths of its ${trees} trees`);
  }
  return lists.map((list: PickleValue) =>
    list instanceof NumpyArray
      ? numbersOf(list)
      : model.refuse(`has ${kindOf(list)} for the path lengths of a tree`),
  );
}

/** The tree with its depths for values: nodes on the way, plus the average path length, minus 1. */
function withDepths(tree: Estimator, stored: Float64Array | null, version: Version): Estimator {
  const nodes = nodesOf(tree);
  const rows = neededColumn(nodes, 'n_node_samples', tree);
  if (stored !== null && stored.length !== rows.length) {
    tree.refuse(`has path lengths for ${stored.length} of its ${rows.length} nodes`);
  }
  const values = nodesAbove(tree, nodes);
  for (let node = 0; node < values.length; node++) {
    const average = stored?.[node] ?? averagePathLength(rows[node]!, version);
    // The additions of 0.20 were made in another order.
    values[node] = isAtLeast(version, 0, 21)
      ? values[node]! + average - 1
      : values[node]! - 1 + average;
  }
  return withValues(tree, nodes, values);
}

function nodesOf(tree: Estimator): NumpyArray {
  const inner = tree.get('tree_');
  const nodes =
    inner instanceof PickleObject && inner.state instanceof Map ? inner.state.get('nodes') : null;
  if (!(nodes instanceof NumpyArray) || nodes.count === 0) tree.refuse('has a tree without nodes');
  return nodes;
}

/** For every node how many nodes there are on the way to it, itself included. */
function nodesAbove(tree: Estimator, nodes: NumpyArray): Float64Array {
  const children = [
    neededColumn(nodes, 'left_child', tree),
    neededColumn(nodes, 'right_child', tree),
  ];
  const depths = new Float64Array(nodes.count);
  depths[0] = 1;
  const waiting = [0];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const column of children) {
      const child = column[node]!;
      if (child < 0) continue;
      // Other faults of a tree are reported where it is collected.
      if (child >= nodes.count || depths[child] !== 0) refuse('A tree of the file runs in circles');
      depths[child] = depths[node]! + 1;
      waiting.push(child);
    }
  }
  return depths;
}
