import { SET_WORDS } from '../../../model/kinds/preparation/members.ts';
import { refuse } from '../../refuse.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { kindOf } from '../../python/pickle/values.ts';
import type { Estimator } from '../read/estimator.ts';
import { neededColumn, nodeColumn } from './node-columns.ts';
import type { Trees } from './trees.ts';

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
export function collectHistTrees(predictors: readonly Estimator[], columns: number): HistTrees {
  const arrays = predictors.map(nodesOf);
  if (new Set(arrays.map(({ bytes }) => bytes)).size !== arrays.length) {
    refuse('Two trees of the file share their nodes');
  }
  const nodes = arrays.reduce((sum, { count }) => sum + count, 0);
  const collector = new HistCollector(predictors.length, nodes, columns);
  predictors.forEach((predictor, at) => collector.add(arrays[at]!, predictor));
  return { trees: collector.trees, sets: collector.sets };
}

function nodesOf(predictor: Estimator): NumpyArray {
  if (predictor.className !== 'TreePredictor') predictor.refuse('stands where a tree is expected');
  const nodes = predictor.get('nodes');
  if (!(nodes instanceof NumpyArray)) predictor.refuse(`has ${kindOf(nodes)} for its nodes`);
  if (nodes.count % 2 === 0) predictor.refuse('has a tree whose nodes do not come in pairs');
  return nodes;
}

/** The fields of one tree's nodes. */
class HistNodes {
  readonly count: number;
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly isLeaf: Float64Array;
  readonly value: Float64Array;
  readonly feature: Float64Array;
  readonly threshold: Float64Array;
  readonly visits: Float64Array;
  /** Since 0.22. */
  readonly missingLeft: Float64Array | null;
  /** Since 0.24. */
  readonly isCategorical: Float64Array | null;
  readonly bitset: Float64Array | null;

  constructor(nodes: NumpyArray, owner: Estimator) {
    this.count = nodes.count;
    this.left = neededColumn(nodes, 'left', owner);
    this.right = neededColumn(nodes, 'right', owner);
    this.isLeaf = neededColumn(nodes, 'is_leaf', owner);
    this.value = neededColumn(nodes, 'value', owner);
    this.feature = neededColumn(nodes, 'feature_idx', owner);
    // Renamed in 0.24.
    this.threshold =
      nodeColumn(nodes, 'num_threshold', owner) ?? neededColumn(nodes, 'threshold', owner);
    this.visits = neededColumn(nodes, 'count', owner);
    this.missingLeft = nodeColumn(nodes, 'missing_go_to_left', owner);
    this.isCategorical = nodeColumn(nodes, 'is_categorical', owner);
    this.bitset = nodeColumn(nodes, 'bitset_idx', owner);
  }
}

/** Room for all trees, filled tree by tree: parents first, left before right. */
class HistCollector {
  readonly trees: Trees;
  readonly sets: CategorySet[] = [];
  readonly #setPlaces = new Map<string, number>();
  readonly #columns: number;
  #trees = 0;
  #inner = 0;
  #leaves = 0;

  /** A binary tree of n nodes has (n - 1) / 2 inner nodes; `nodes` counts those of all trees. */
  constructor(trees: number, nodes: number, columns: number) {
    const inner = (nodes - trees) / 2;
    this.#columns = columns;
    this.trees = {
      roots: new Int32Array(trees),
      feature: new Uint32Array(inner),
      threshold: new Float64Array(inner),
      left: new Int32Array(inner),
      right: new Int32Array(inner),
      missingLeft: new Uint8Array(inner),
      visits: new Float64Array(inner),
      leafValues: new Float64Array(inner + trees),
    };
  }

  /** Walks from the root: whatever order the nodes have in the file, each must be met exactly once. */
  add(array: NumpyArray, owner: Estimator): void {
    const nodes = new HistNodes(array, owner);
    const { trees } = this;
    // Waiting right children: the node, and the inner node whose right child it is.
    const waiting: number[] = [];
    let met = 0;
    let node = 0;
    let link = (place: number): void => void (trees.roots[this.#trees] = place);
    for (;;) {
      met += 1;
      if (met > nodes.count) owner.refuse('has a tree that runs in circles');
      if (nodes.isLeaf[node] === 0) {
        const place = this.#addInner(nodes, node, owner);
        link(place);
        waiting.push(childOf(nodes, nodes.right[node]!, owner), place);
        link = (child) => void (trees.left[place] = child);
        node = childOf(nodes, nodes.left[node]!, owner);
        continue;
      }
      link(this.#addLeaf(nodes, node, owner));
      const place = waiting.pop();
      const next = waiting.pop();
      if (place === undefined || next === undefined) break;
      link = (child) => void (trees.right[place] = child);
      node = next;
    }
    if (met !== nodes.count) {
      owner.refuse(`has a tree of ${nodes.count} nodes of which ${met} can be reached`);
    }
    this.#trees += 1;
  }

  #addLeaf({ value }: HistNodes, node: number, owner: Estimator): number {
    const number = value[node]!;
    if (!Number.isFinite(number)) owner.refuse('has a leaf whose value is no finite number');
    this.trees.leafValues[this.#leaves] = number;
    return ~this.#leaves++;
  }

  #addInner(nodes: HistNodes, node: number, owner: Estimator): number {
    const { trees } = this;
    const feature = nodes.feature[node]!;
    if (!(feature >= 0 && feature < this.#columns)) {
      owner.refuse(`has a node that asks for feature ${feature} of ${this.#columns}`);
    }
    const threshold = nodes.threshold[node]!;
    const isSet = nodes.isCategorical !== null && nodes.isCategorical[node] !== 0;
    if (!isSet && Number.isNaN(threshold)) {
      owner.refuse('has a node whose threshold is not a number');
    }
    const inner = this.#inner++;
    trees.feature[inner] = isSet ? this.#columns + this.#setOf(nodes, node, owner) : feature;
    trees.threshold[inner] = isSet ? SET_THRESHOLD : threshold;
    trees.visits[inner] = nodes.visits[node]!;
    trees.missingLeft[inner] =
      nodes.missingLeft === null ? 0 : Math.min(nodes.missingLeft[node]!, 1);
    return inner;
  }

  /** The place of the node's set; equal sets of one column share it. */
  #setOf({ feature, bitset }: HistNodes, node: number, owner: Estimator): number {
    const bitsets = owner.get('raw_left_cat_bitsets');
    const row = bitset?.[node] ?? 0;
    const isThere =
      bitsets instanceof NumpyArray &&
      bitsets.type.name === 'u4' &&
      !bitsets.fortran &&
      (row + 1) * SET_WORDS <= bitsets.count;
    if (!isThere) owner.refuse('has a node whose set of categories is not in the file');
    const words = Uint32Array.from(
      numbersOf(bitsets).subarray(row * SET_WORDS, (row + 1) * SET_WORDS),
    );
    const column = feature[node]!;
    const key = `${column}:${words.join()}`;
    const known = this.#setPlaces.get(key);
    if (known !== undefined) return known;
    this.#setPlaces.set(key, this.sets.length);
    return this.sets.push({ column, words }) - 1;
  }
}

function childOf(nodes: HistNodes, child: number, owner: Estimator): number {
  if (!(child >= 1 && child < nodes.count)) {
    owner.refuse(`has a node whose child ${child} is none of its ${nodes.count} nodes`);
  }
  return child;
}
