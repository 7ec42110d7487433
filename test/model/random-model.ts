import type { Ensemble, Model, PipelineStage } from '../../src/model/model.ts';
import type { Category, Field } from '../../src/schema/fields.ts';
import { seededRandom } from './random.ts';
import { smallModel } from './small-model.ts';

const TYPES = ['number', 'text', 'boolean'] as const;
const CATEGORIES: Record<Field['type'], Category[]> = {
  number: [0, 1, 2.5, -3],
  text: ['a', 'b', 'c', 'd'],
  boolean: [false, true],
};

/** A model of any shape that the plan takes: its pipeline and trees follow from the seed alone. */
export function randomModel(seed: number): Model {
  const random = seededRandom(seed);
  const upTo = (count: number): number => Math.floor(random() * count);
  const fields = Array.from({ length: 1 + upTo(5) }, (_, at): Field => {
    return { name: `f${at}`, type: TYPES[upTo(3)]! };
  });
  const stages: PipelineStage[] = [];
  const features: number[] = [];
  let values = fields.length;
  fields.forEach(({ type }, field) => {
    let at = field;
    if (random() < 0.5) {
      stages.push({ kind: 'impute', inputs: [at], fills: [CATEGORIES[type][upTo(2)]!] });
      at = values++;
    }
    if (type === 'text' || random() < 0.4) {
      const categories: (Category | null)[] = CATEGORIES[type].filter(() => random() < 0.7);
      if (random() < 0.3) categories.push(null);
      const unknown = random() < 0.7 ? 'zeros' : 'reject';
      stages.push({ kind: 'oneHot', inputs: [at], categories: [categories], unknown });
      // An encoder that knows nothing and raises on the rest is a model for nobody.
      if (!categories.some((each) => each !== null)) categories.unshift(CATEGORIES[type][0]!);
      const encoded = categories.map(() => values++);
      features.push(...(random() < 0.3 ? scaled(encoded) : encoded));
    } else {
      features.push(...(random() < 0.5 ? scaled([at]) : [at]));
    }
  });

  function scaled(inputs: number[]): number[] {
    stages.push({
      kind: 'scale',
      inputs,
      offsets: random() < 0.8 ? Float64Array.from(inputs, () => random() * 4 - 2) : null,
      divisors: random() < 0.8 ? Float64Array.from(inputs, () => random() * 3 - 1.5) : null,
    });
    return inputs.map(() => values++);
  }

  return {
    ...smallModel(),
    fields,
    pipeline: { stages, features },
    ensembles: [randomEnsemble(features.length, random)],
    head: [],
  };
}

function randomEnsemble(features: number, random: () => number): Ensemble {
  const nodes: { feature: number; threshold: number; left: number; right: number }[] = [];
  const leaves: number[] = [];
  const grow = (depth: number): number => {
    if (features === 0 || depth === 5 || random() < 0.2) return ~(leaves.push(random() - 0.5) - 1);
    const at = nodes.length;
    const feature = Math.floor(random() * features);
    // Thresholds that values can equal, after the cast as well, are where mistakes show.
    const threshold = random() < 0.5 ? Math.round(random() * 4 - 2) / 2 : random() * 4 - 2;
    const node = { feature, threshold, left: 0, right: 0 };
    nodes.push(node);
    node.left = grow(depth + 1);
    node.right = grow(depth + 1);
    return at;
  };
  const roots = Int32Array.from({ length: 1 + Math.floor(random() * 12) }, () => grow(0));
  return {
    roots,
    feature: Uint32Array.from(nodes, (node) => node.feature),
    threshold: Float64Array.from(nodes, (node) => node.threshold),
    left: Int32Array.from(nodes, (node) => node.left),
    right: Int32Array.from(nodes, (node) => node.right),
    missingLeft: Uint8Array.from(nodes, () => (random() < 0.5 ? 1 : 0)),
    visits: new Float64Array(),
    outputs: 1,
    leafValues: Float64Array.from(leaves),
    comparison: random() < 0.5 ? '<=' : '<',
    base: Float64Array.of(random()),
    featureType: random() < 0.7 ? 'float32' : 'float64',
    missing: random() < 0.6 ? 'nodes' : 'reject',
  };
}
