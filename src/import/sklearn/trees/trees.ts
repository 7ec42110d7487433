import type { PipelineBuilder } from '../../build/pipeline-builder.ts';
import { type SourceTree, TreeArrays, type Trees } from '../../build/tree-arrays.ts';
import { refuse } from '../../../model/refuse.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { PickleObject, kindOf } from '../../python/pickle/values.ts';
import type { Estimator } from '../read/estimator.ts';
import { columnInPlace, neededInPlace } from '../read/node-columns.ts';

/** The two arrays of a fitted `tree_`, checked against each other. */
interface FittedTree {
  readonly nodes: NumpyArray;
  readonly values: NumpyArray;
}

/** `width` is outputs times classes: the values that each node has. */
function fittedTree(estimator: Estimator, width: number): FittedTree {
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

function sourceTree(
  { nodes, values }: FittedTree,
  keepsCovers: boolean,
  owner: Estimator,
): SourceTree {
  return {
    nodes: nodes.count,
    left: neededInPlace(nodes, 'left_child', owner),
    right: neededInPlace(nodes, 'right_child', owner),
    feature: neededInPlace(nodes, 'feature', owner),
    threshold: neededInPlace(nodes, 'threshold', owner),
    visits: neededInPlace(nodes, 'n_node_samples', owner),
    // Since 1.3.
    missingLeft: columnInPlace(nodes, 'missing_go_to_left', owner),
    covers: keepsCovers ? neededInPlace(nodes, 'weighted_n_node_samples', owner) : null,
    values: numbersOf(values),
  };
}

/**
 * All trees of an ensemble, one after the other so that only one is ever held twice. Trees may not
 * share their nodes: a short file could otherwise ask for gigabytes.
 */
export function collectTrees(
  estimators: readonly Estimator[],
  width: number,
  features: number,
  { keepsCovers }: Pick<PipelineBuilder, 'keepsCovers'>,
): Trees {
  const fitted = estimators.map((estimator) => fittedTree(estimator, width));
  const parts = fitted.flatMap(({ nodes, values }) => [nodes.bytes, values.bytes]);
  if (new Set(parts).size !== parts.length) refuse('Two trees of the file share their nodes');
  const nodes = fitted.reduce((sum, tree) => sum + tree.nodes.count, 0);
  const room = new TreeArrays({
    trees: fitted.length,
    nodes,
    width,
    features,
    hasVisits: true,
    keepsCovers,
  });
  estimators.forEach((estimator, at) => {
    room.add(sourceTree(fitted[at]!, keepsCovers, estimator), estimator);
  });
  return room.arrays;
}
