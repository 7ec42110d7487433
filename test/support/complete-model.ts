import type { Ensemble, Model } from '../../src/model/model.ts';
import { tinyModel } from './tiny-model.ts';

/** The tiny model with complete trees of one depth: node i has the children 2 i + 1 and 2 i + 2. */
export function completeModel(trees: number, depth: number): Model {
  const model = tinyModel();
  return { ...model, ensembles: [completeTrees(model.ensembles[0]!, trees, depth)] };
}

function completeTrees(ensemble: Ensemble, trees: number, depth: number): Ensemble {
  const inner = 2 ** depth - 1;
  const nodes = Array.from({ length: trees * inner }, (_, at) => at);
  // Those of the last level have leaves, of which a tree has one more than inner nodes.
  const child = (node: number, side: number): number => {
    const tree = Math.floor(node / inner);
    const below = 2 * (node % inner) + 1 + side;
    return below < inner ? tree * inner + below : ~(tree * (inner + 1) + below - inner);
  };
  return {
    ...ensemble,
    roots: Int32Array.from({ length: trees }, (_, tree) => tree * inner),
    feature: Uint32Array.from(nodes, (node) => node % 2),
    threshold: Float64Array.from(nodes, (node) => (node * 7_919) % 30_011),
    left: Int32Array.from(nodes, (node) => child(node, 0)),
    right: Int32Array.from(nodes, (node) => child(node, 1)),
    missingLeft: new Uint8Array(nodes.length),
    visits: Float64Array.from(nodes, (node) => 1 + (node % 97)),
    leafValues: Float64Array.from({ length: trees * (inner + 1) }, (_, leaf) => leaf % 1_009),
  };
}
