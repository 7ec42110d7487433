import type { PipelineBuilder } from '../../build/pipeline-builder.ts';
import {
  NO_CHILD,
  type SourceTree,
  TreeArrays,
  type Trees,
  columnOf,
} from '../../build/tree-arrays.ts';
import { SET_WORDS } from '../../../model/kinds/preparation/members.ts';
import { refuse } from '../../../model/refuse.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { kindOf } from '../../python/pickle/values.ts';
import type { Estimator } from '../read/estimator.ts';
import { columnInPlace, neededColumn, neededInPlace, nodeColumn } from '../read/node-columns.ts';

/** A set of category codes that nodes ask for, eight words of 32 bits, and the column it is of. */
export interface CategorySet {
  readonly column: number;
  readonly words: Uint32Array;
}

export interface HistTrees {
  readonly trees: Trees;
  /**
   * A node that asks whether a category is in a set has, for its feature, `columns` plus the place of
   * the set in this list, and a threshold between 0 (in it) and 1.
   */
  readonly sets: readonly CategorySet[];
}

/** Between the 0 of a category in the set and the 1 of one outside of it. */
const SET_THRESHOLD = 0.5;

/** The trees of all predictors (`TreePredictor` of sklearn/ensemble/_hist_gradient_boosting). */
export function collectHistTrees(
  predictors: readonly Estimator[],
  columns: number,
  { keepsCovers }: Pick<PipelineBuilder, 'keepsCovers'>,
): HistTrees {
  const arrays = predictors.map(nodesOf);
  if (new Set(arrays.map(({ bytes }) => bytes)).size !== arrays.length) {
    refuse('Two trees of the file share their nodes');
  }
  const nodes = arrays.reduce((sum, { count }) => sum + count, 0);
  const sets = new CategorySets(columns);
  // Sets are found on the way, and there is at most one for each node.
  const features = columns + nodes;
  const room = new TreeArrays({
    trees: predictors.length,
    nodes,
    width: 1,
    features,
    hasVisits: true,
    keepsCovers,
  });
  predictors.forEach((predictor, at) => {
    room.add(sourceTree(arrays[at]!, sets, keepsCovers, predictor), predictor);
  });
  return { trees: room.arrays, sets: sets.list };
}

function nodesOf(predictor: Estimator): NumpyArray {
  if (predictor.className !== 'TreePredictor') predictor.refuse('stands where a tree is expected');
  const nodes = predictor.get('nodes');
  if (!(nodes instanceof NumpyArray)) predictor.refuse(`has ${kindOf(nodes)} for its nodes`);
  if (nodes.count % 2 === 0) predictor.refuse('has a tree whose nodes do not come in pairs');
  return nodes;
}

function sourceTree(
  nodes: NumpyArray,
  sets: CategorySets,
  keepsCovers: boolean,
  owner: Estimator,
): SourceTree {
  const left = neededColumn(nodes, 'left', owner);
  const isLeaf = neededColumn(nodes, 'is_leaf', owner);
  for (let node = 0; node < left.length; node++) {
    // A leaf has zeros for its children.
    if (isLeaf[node] !== 0) left[node] = NO_CHILD;
    else if (left[node] === NO_CHILD) owner.refuse('has a node without a child that is no leaf');
  }
  const visits = neededInPlace(nodes, 'count', owner);
  return {
    nodes: nodes.count,
    left: columnOf(left),
    right: neededInPlace(nodes, 'right', owner),
    ...questionsOf(nodes, isLeaf, sets, owner),
    visits,
    // The library keeps no sums of weights, so every training row counts as one.
    covers: keepsCovers ? visits : null,
    // Since 0.22.
    missingLeft: columnInPlace(nodes, 'missing_go_to_left', owner),
    values: neededColumn(nodes, 'value', owner),
  };
}

/** The question of each inner node: a threshold of a column, or a set of its categories. */
function questionsOf(
  nodes: NumpyArray,
  isLeaf: Float64Array,
  sets: CategorySets,
  owner: Estimator,
): Pick<SourceTree, 'feature' | 'threshold'> {
  const feature = neededColumn(nodes, 'feature_idx', owner);
  // Renamed in 0.24.
  const threshold =
    nodeColumn(nodes, 'num_threshold', owner) ?? neededColumn(nodes, 'threshold', owner);
  // Both since 0.24.
  const isCategorical = nodeColumn(nodes, 'is_categorical', owner);
  const bitset = nodeColumn(nodes, 'bitset_idx', owner);
  let bitsets: Float64Array | null = null;
  for (let node = 0; node < feature.length; node++) {
    if (isLeaf[node] !== 0) continue;
    const column = feature[node]!;
    if (!(column >= 0 && column < sets.columns)) {
      owner.refuse(`has a node that asks for feature ${column} of ${sets.columns}`);
    }
    if (isCategorical === null || isCategorical[node] === 0) continue;
    bitsets ??= bitsetsOf(owner);
    const first = (bitset?.[node] ?? 0) * SET_WORDS;
    const words = Uint32Array.from(bitsets.subarray(first, first + SET_WORDS));
    if (words.length < SET_WORDS) refuseSet(owner);
    feature[node] = sets.columns + sets.placeOf({ column, words });
    threshold[node] = SET_THRESHOLD;
  }
  return { feature: columnOf(feature), threshold: columnOf(threshold) };
}

/** The words of all sets of one tree. */
function bitsetsOf(owner: Estimator): Float64Array {
  const bitsets = owner.get('raw_left_cat_bitsets');
  const isThere = bitsets instanceof NumpyArray && bitsets.type.name === 'u4' && !bitsets.fortran;
  return isThere ? numbersOf(bitsets) : refuseSet(owner);
}

function refuseSet(owner: Estimator): never {
  owner.refuse('has a node whose set of categories is not in the file');
}

/** The sets that nodes ask for, each once. */
class CategorySets {
  readonly list: CategorySet[] = [];
  readonly columns: number;
  readonly #places = new Map<string, number>();

  constructor(columns: number) {
    this.columns = columns;
  }

  /** Equal sets of one column share their place. */
  placeOf(set: CategorySet): number {
    const key = `${set.column}:${set.words.join()}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.list.length);
    return this.list.push(set) - 1;
  }
}
