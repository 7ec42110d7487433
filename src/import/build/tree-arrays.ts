import type { EnsembleArrays } from '../../forest/ensemble-arrays.ts';

/** The arrays of an ensemble that its trees fill; what they add up to is said beside them. */
export type Trees = Omit<EnsembleArrays, 'base' | 'treeOutputs'>;

/** Stands in place of the children of a leaf. */
export const NO_CHILD = -1;

/** A number for each node, read where the library's own records have it: node n's is at `first + n * step`. */
export interface NodeColumn {
  readonly values: ArrayLike<number>;
  readonly first: number;
  readonly step: number;
}

/** A column that stands alone. */
export function columnOf(values: ArrayLike<number>): NodeColumn {
  return { values, first: 0, step: 1 };
}

/**
 * One tree in its library's own numbers, as columns over its nodes. Node 0 is the root; the others may
 * stand in any order.
 */
export interface SourceTree {
  readonly nodes: number;
  /** NO_CHILD where the node is a leaf. */
  readonly left: NodeColumn;
  readonly right: NodeColumn;
  readonly feature: NodeColumn;
  readonly threshold: NodeColumn;
  /** Null: missing values go right everywhere. */
  readonly missingLeft: NodeColumn | null;
  /** Training rows that visited each node; null where the library does not say. */
  readonly visits: NodeColumn | null;
  /** The training weight of each node; null where covers are not kept. */
  readonly covers: NodeColumn | null;
  /** As many for each node as a leaf has numbers; those of inner nodes do not matter. */
  readonly values: ArrayLike<number>;
}

/** The estimator that has the tree: `what` continues a sentence that begins with its class and place. */
interface TreeOwner {
  refuse(what: string): never;
}

export interface TreesSize {
  readonly trees: number;
  /** Those of all trees. A binary tree of n nodes has (n - 1) / 2 inner ones. */
  readonly nodes: number;
  /** Numbers of a leaf. */
  readonly width: number;
  readonly features: number;
  readonly hasVisits: boolean;
  readonly keepsCovers: boolean;
}

/** Room for the trees of one ensemble, filled tree by tree: parents first, left before right. */
export class TreeArrays {
  readonly arrays: Trees;
  readonly #width: number;
  readonly #features: number;
  #trees = 0;
  #inner = 0;
  #leaves = 0;

  constructor({ trees, nodes, width, features, hasVisits, keepsCovers }: TreesSize) {
    const inner = (nodes - trees) / 2;
    this.#width = width;
    this.#features = features;
    this.arrays = {
      roots: new Int32Array(trees),
      feature: new Uint32Array(inner),
      threshold: new Float64Array(inner),
      left: new Int32Array(inner),
      right: new Int32Array(inner),
      missingLeft: new Uint8Array(inner),
      visits: new Float64Array(hasVisits ? inner : 0),
      leafValues: new Float64Array((inner + trees) * width),
      covers: new Float64Array(keepsCovers ? nodes : 0),
    };
  }

  /** Walks from the root: in any order of the file's nodes, each must be met exactly once. */
  add(source: SourceTree, owner: TreeOwner): void {
    const { nodes, left, right } = source;
    const { arrays } = this;
    // Waiting right children: the inner node whose right child it is, and the node itself.
    const waiting = new Int32Array(nodes + 1);
    let depth = 0;
    let met = 0;
    let node = 0;
    let leftOf = -1; // The inner node whose left child `node` is.
    let rightOf = -1;
    for (;;) {
      met += 1;
      if (met > nodes) owner.refuse('has a tree that runs in circles');
      const isLeaf = left.values[left.first + node * left.step] === NO_CHILD;
      const place = isLeaf
        ? this.#addLeaf(source, node, owner)
        : this.#addInner(source, node, owner);
      if (source.covers !== null) this.#addCover(source.covers, node, place, owner);
      if (leftOf >= 0) arrays.left[leftOf] = place;
      else if (rightOf >= 0) arrays.right[rightOf] = place;
      else arrays.roots[this.#trees] = place;
      if (!isLeaf) {
        waiting[depth++] = place;
        waiting[depth++] = childOf(right, node, nodes, owner);
        leftOf = place;
        node = childOf(left, node, nodes, owner);
        continue;
      }
      if (depth === 0) break;
      node = waiting[--depth]!;
      rightOf = waiting[--depth]!;
      leftOf = -1;
    }
    if (met !== nodes) {
      owner.refuse(`has a tree of ${nodes} nodes of which ${met} can be reached`);
    }
    this.#trees += 1;
  }

  #addLeaf({ values }: SourceTree, node: number, owner: TreeOwner): number {
    const width = this.#width;
    const start = this.#leaves * width;
    for (let at = 0; at < width; at++) {
      const value = values[node * width + at]!;
      if (!Number.isFinite(value)) owner.refuse('has a leaf whose value is no finite number');
      this.arrays.leafValues[start + at] = value;
    }
    return ~this.#leaves++;
  }

  /** Covers of all inner nodes come first, then those of leaves. */
  #addCover({ values, first, step }: NodeColumn, node: number, place: number, owner: TreeOwner) {
    const cover = values[first + node * step]!;
    if (!Number.isFinite(cover)) owner.refuse('has a node whose training weight is no number');
    const { arrays } = this;
    arrays.covers[place >= 0 ? place : arrays.feature.length + ~place] = cover;
  }

  #addInner(source: SourceTree, node: number, owner: TreeOwner): number {
    const { arrays } = this;
    // Each read is written out: one function for all would know no type of its arrays.
    const { feature: features, threshold: thresholds, visits, missingLeft } = source;
    const feature = features.values[features.first + node * features.step]!;
    if (!Number.isInteger(feature) || feature < 0 || feature >= this.#features) {
      owner.refuse(`has a node that asks for feature ${feature} of ${this.#features}`);
    }
    const threshold = thresholds.values[thresholds.first + node * thresholds.step]!;
    if (Number.isNaN(threshold)) owner.refuse('has a node whose threshold is not a number');
    const inner = this.#inner++;
    arrays.feature[inner] = feature;
    arrays.threshold[inner] = threshold;
    if (visits !== null) {
      arrays.visits[inner] = visits.values[visits.first + node * visits.step]!;
    }
    if (missingLeft !== null) {
      const side = missingLeft.values[missingLeft.first + node * missingLeft.step]!;
      arrays.missingLeft[inner] = Math.min(side, 1);
    }
    return inner;
  }
}

function childOf(column: NodeColumn, node: number, nodes: number, owner: TreeOwner): number {
  const child = column.values[column.first + node * column.step]!;
  if (!(child >= 1 && child < nodes)) {
    owner.refuse(`has a node whose child ${child} is none of its ${nodes} nodes`);
  }
  return child;
}

/** Where one tree's nodes and leaves lie among those of all. */
export interface TreeRange {
  readonly innerStart: number;
  readonly innerEnd: number;
  readonly leafStart: number;
  readonly leafEnd: number;
}

/** Trees lie one after the other, and a tree has one leaf more than it has inner nodes. */
export function rangesOf({ roots, feature }: Pick<Trees, 'roots' | 'feature'>): TreeRange[] {
  const ranges: TreeRange[] = [];
  let innerEnd = feature.length;
  for (let tree = roots.length - 1; tree >= 0; tree--) {
    const innerStart = roots[tree]! < 0 ? innerEnd : roots[tree]!;
    ranges.push({
      innerStart,
      innerEnd,
      leafStart: innerStart + tree,
      leafEnd: innerEnd + tree + 1,
    });
    innerEnd = innerStart;
  }
  return ranges.toReversed();
}
