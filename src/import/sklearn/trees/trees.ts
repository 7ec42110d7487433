import { refuse } from '../../refuse.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { alignedBytes, numbersOf } from '../../python/pickle/elements.ts';
import type { NumpyTypeField } from '../../python/pickle/dtype.ts';
import { PickleObject, kindOf } from '../../python/pickle/values.ts';
import type { Estimator } from '../read/estimator.ts';

/** The parts of one node array as the file lays them out: bytes in 8-byte words. */
interface SourceTree {
  readonly nodes: number;
  /** 32-bit words of the nodes: a 64-bit child or feature is a low and a high word. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  /** Bytes from node to node, and where the fields lie within one. */
  readonly stride: number;
  readonly left: number;
  readonly right: number;
  readonly feature: number;
  readonly threshold: number;
  readonly visits: number;
  /** Absent before 1.3: -1. */
  readonly missingLeft: number;
  /** nodes x values: a row for every node, of which only the leaves' matter. */
  readonly values: Float64Array;
}

const WORD_BYTES = 8;

/** The two arrays of a fitted `tree_`, checked against each other. */
interface TreeArrays {
  readonly nodes: NumpyArray;
  readonly values: NumpyArray;
}

/** `width` is outputs times classes: the values that each node has. */
function treeArrays(estimator: Estimator, width: number): TreeArrays {
  const tree = estimator.get('tree_');
  if (tree === null) estimator.refuse('has no tree_: it was saved before it was trained');
  if (!(tree instanceof PickleObject) || !(tree.state instanceof Map)) {
    estimator.refuse(`has ${kindOf(tree)} for its tree_`);
  }
  const nodes = tree.state.get('nodes');
  const values = tree.state.get('values');
  if (!(nodes instanceof NumpyArray) || !(values instanceof NumpyArray)) {
    estimator.refuse('has a tree without an array of nodes and one of values');
  }
  if (nodes.type.fields === null || nodes.shape.length !== 1) {
    estimator.refuse('has nodes in a layout that is not understood');
  }
  if (nodes.count % 2 === 0) estimator.refuse('has a tree whose nodes do not come in pairs');
  if (values.count !== nodes.count * width) {
    estimator.refuse(`has ${values.count} values for ${nodes.count} nodes of ${width} values each`);
  }
  return { nodes, values };
}

function sourceTree({ nodes, values }: TreeArrays, estimator: Estimator): SourceTree {
  const { type, count } = nodes;
  const { fields } = type;
  if (fields === null || type.itemBytes % WORD_BYTES !== 0) {
    estimator.refuse('has nodes in a layout that is not understood');
  }
  const bytes = alignedBytes(nodes.bytes, WORD_BYTES);
  const offset = (name: string, kind: string): number => {
    return checkedOffset(fields.get(name), name, kind, estimator);
  };
  return {
    nodes: count,
    words: new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
    doubles: new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / WORD_BYTES),
    bytes,
    stride: type.itemBytes,
    left: offset('left_child', 'i8'),
    right: offset('right_child', 'i8'),
    feature: offset('feature', 'i8'),
    threshold: offset('threshold', 'f8'),
    visits: offset('n_node_samples', 'i8'),
    missingLeft: fields.has('missing_go_to_left') ? offset('missing_go_to_left', 'u1') : -1,
    values: numbersOf(values),
  };
}

function checkedOffset(
  field: NumpyTypeField | undefined,
  name: string,
  kind: string,
  estimator: Estimator,
): number {
  const fits = field?.type.name === kind && !field.type.bigEndian;
  if (!fits || field.offset % field.type.itemBytes !== 0) {
    estimator.refuse(`has nodes whose ${name} is not a little-endian ${kind} in its place`);
  }
  return field.offset;
}

/** Room for the trees of one ensemble, filled tree by tree: parents first, left before right. */
class TreeCollector {
  readonly roots: Int32Array;
  readonly feature: Uint32Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly visits: Float64Array;
  readonly leafValues: Float64Array;
  readonly #width: number;
  readonly #features: number;
  #trees = 0;
  #inner = 0;
  #leaves = 0;

  /** A binary tree of n nodes has (n - 1) / 2 inner nodes; `nodes` counts those of all `trees`. */
  constructor(trees: number, nodes: number, width: number, features: number) {
    const inner = (nodes - trees) / 2;
    this.roots = new Int32Array(trees);
    this.feature = new Uint32Array(inner);
    this.threshold = new Float64Array(inner);
    this.left = new Int32Array(inner);
    this.right = new Int32Array(inner);
    this.missingLeft = new Uint8Array(inner);
    this.visits = new Float64Array(inner);
    this.leafValues = new Float64Array((inner + trees) * width);
    this.#width = width;
    this.#features = features;
  }

  /** Walks from the root: whatever order the nodes have in the file, each must be met exactly once. */
  add(source: SourceTree, estimator: Estimator): void {
    const { nodes, words, stride } = source;
    // Waiting right children: the node, and the inner node whose right child it is.
    const waiting = new Int32Array(nodes + 1);
    const stepWords = stride / 4;
    let depth = 0;
    let met = 0;
    let node = 0;
    let parent = -1; // The inner node whose left child `node` is.
    let rightOf = -1;
    for (;;) {
      met += 1;
      if (met > nodes) estimator.refuse('has a tree that runs in circles');
      const at = node * stepWords;
      const isLeaf = isWord(words, at + source.left / 4, -1);
      const place = isLeaf
        ? this.#addLeaf(source, node, estimator)
        : this.#addInner(source, node, estimator);
      if (parent >= 0) this.left[parent] = place;
      else if (rightOf >= 0) this.right[rightOf] = place;
      else this.roots[this.#trees] = place;
      if (!isLeaf) {
        waiting[depth++] = place;
        waiting[depth++] = childOf(source, node, source.right, estimator);
        parent = place;
        node = childOf(source, node, source.left, estimator);
        continue;
      }
      if (depth === 0) break;
      node = waiting[--depth]!;
      rightOf = waiting[--depth]!;
      parent = -1;
    }
    if (met !== nodes)
      estimator.refuse(`has a tree of ${nodes} nodes of which ${met} can be reached`);
    this.#trees += 1;
  }

  #addLeaf({ values }: SourceTree, node: number, estimator: Estimator): number {
    const width = this.#width;
    const start = this.#leaves * width;
    for (let at = 0; at < width; at++) {
      const value = values[node * width + at]!;
      if (!Number.isFinite(value)) estimator.refuse('has a leaf whose value is no finite number');
      this.leafValues[start + at] = value;
    }
    return ~this.#leaves++;
  }

  #addInner(source: SourceTree, node: number, estimator: Estimator): number {
    const at = node * source.stride;
    const feature = source.words[(at + source.feature) / 4]!;
    if (
      !isWord(source.words, (at + source.feature) / 4, feature) ||
      feature < 0 ||
      feature >= this.#features
    ) {
      estimator.refuse(`has a node that asks for feature ${feature} of ${this.#features}`);
    }
    const threshold = source.doubles[(at + source.threshold) / WORD_BYTES]!;
    if (Number.isNaN(threshold)) estimator.refuse('has a node whose threshold is not a number');
    const inner = this.#inner++;
    this.feature[inner] = feature;
    this.threshold[inner] = threshold;
    // The low word: nobody trains on 2^32 rows.
    this.visits[inner] = source.words[(at + source.visits) / 4]! >>> 0;
    this.missingLeft[inner] =
      source.missingLeft < 0 ? 0 : Math.min(source.bytes[at + source.missingLeft]!, 1);
    return inner;
  }
}

/** Whether the 64-bit integer at this word is `value`, sign and all. */
function isWord(words: Int32Array, word: number, value: number): boolean {
  return words[word] === value && words[word + 1] === value >> 31;
}

function childOf(source: SourceTree, node: number, offset: number, estimator: Estimator): number {
  const word = (node * source.stride + offset) / 4;
  const child = source.words[word]!;
  if (!isWord(source.words, word, child) || child < 1 || child >= source.nodes) {
    estimator.refuse(`has a node whose child ${child} is none of its ${source.nodes} nodes`);
  }
  return child;
}

/** The trees of an ensemble, in the addon's arrays. */
export type Trees = Omit<TreeCollector, 'add'>;

/**
 * All trees of an ensemble, one after the other so that only one is ever held twice. Trees may not
 * share their nodes: a short file could otherwise ask for gigabytes.
 */
export function collectTrees(
  estimators: readonly Estimator[],
  width: number,
  features: number,
): Trees {
  const arrays = estimators.map((estimator) => treeArrays(estimator, width));
  const parts = arrays.flatMap(({ nodes, values }) => [nodes.bytes, values.bytes]);
  if (new Set(parts).size !== parts.length) refuse('Two trees of the file share their nodes');
  const nodes = arrays.reduce((sum, tree) => sum + tree.nodes.count, 0);
  const collector = new TreeCollector(arrays.length, nodes, width, features);
  estimators.forEach((estimator, at) => {
    collector.add(sourceTree(arrays[at]!, estimator), estimator);
  });
  return collector;
}
