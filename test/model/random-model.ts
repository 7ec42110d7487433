import type { AnswerRule, Ensemble, Model, OutputRule } from '../../src/model/model.ts';
import type { Stage } from '../../src/model/stages.ts';
import { isDateType } from '../../src/schema/dates.ts';
import { type Category, FIELD_TYPES, type Field } from '../../src/schema/fields.ts';
import { argmax, scale, smallModel } from './small-model.ts';
import { seededRandom } from './random.ts';

const CATEGORIES: Record<Field['type'], Category[]> = {
  number: [0, 1, 2.5, -3],
  text: ['a', 'b', 'c', 'd'],
  boolean: [false, true],
  // Fills for missing ones: no encoding reads dates.
  date: [20_000, 0],
  datetime: [1.7e9, -0.5],
};

/** A model of any shape that the plan takes: its stages and trees follow from the seed alone. */
export function randomModel(seed: number): Model {
  return new ModelMaker(seededRandom(seed)).make();
}

class ModelMaker {
  readonly #random: () => number;
  readonly #stages: Stage[] = [];
  readonly #ensembles: Ensemble[] = [];
  #values = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  make(): Model {
    const fields = Array.from({ length: 1 + this.#upTo(5) }, (_, at): Field => {
      return { name: `f${at}`, type: FIELD_TYPES[this.#upTo(FIELD_TYPES.length)]! };
    });
    this.#values = fields.length;
    const features = fields.flatMap((field, at) => this.#featuresOf(field, at));
    for (let more = this.#upTo(3); more > 0; more--) features.push(...this.#computed(features));
    if (this.#chance(0.3)) this.#require(features);
    const results: number[] = [];
    for (let trees = this.#upTo(4); trees > 0; trees--) results.push(...this.#trees(features));
    for (let more = this.#upTo(4); more > 0; more--) {
      const pool = this.#chance(0.4) ? [...results, ...features] : results;
      if (pool.length > 0) results.push(...this.#inHead(pool));
    }
    // A model whose answer is only features computes its answer from them.
    const told = results.length > 0 ? results : this.#linear(features);
    return {
      ...smallModel(),
      fields,
      stages: this.#stages,
      ensembles: this.#ensembles,
      answer: this.#answer(told),
    };
  }

  #featuresOf({ type }: Field, field: number): number[] {
    let at = field;
    if (this.#chance(0.5)) {
      const fills = [CATEGORIES[type][this.#upTo(2)]!];
      [at] = this.#add({ kind: 'impute', inputs: [at], fills }, 1) as [number];
    }
    if (type === 'text' || (!isDateType(type) && this.#chance(0.4))) {
      const encoded = this.#encoded(type, at);
      return this.#chance(0.3) ? this.#scaled(encoded) : encoded;
    }
    return this.#chance(0.5) ? this.#scaled([at]) : [at];
  }

  #encoded(type: Field['type'], input: number): number[] {
    const categories: (Category | null)[] = CATEGORIES[type].filter(() => this.#chance(0.7));
    // An encoder that knows no category and raises on the rest takes no row.
    if (categories.length === 0) categories.push(CATEGORIES[type][0]!);
    if (this.#chance(0.3)) categories.push(null);
    const inputs = [input];
    const lists = [categories];
    const rejects = this.#chance(0.3);
    if (this.#chance(0.6)) {
      const unknown = rejects ? 'reject' : 'zeros';
      return this.#add({ kind: 'oneHot', inputs, categories: lists, unknown }, categories.length);
    }
    const unknown = rejects ? 'reject' : 'others';
    const numbers = Float64Array.from(categories, () => this.#number());
    const others = Float64Array.of(this.#chance(0.5) ? Number.NaN : this.#number());
    return this.#add({ kind: 'lookup', inputs, categories: lists, numbers, unknown, others }, 1);
  }

  #scaled(inputs: number[]): number[] {
    const list = (of: () => number): number[] | undefined =>
      this.#chance(0.6) ? inputs.map(of) : undefined;
    const [offsets, shifts] = [list(() => this.#number()), list(() => this.#number())];
    const [divisors, factors] = [list(() => this.#random() * 3 - 1.5), list(() => this.#number())];
    const given = { offsets, divisors, factors, shifts };
    const scaling = Object.fromEntries(Object.entries(given).filter(([, each]) => each));
    return this.#add(scale(inputs, scaling), inputs.length);
  }

  /** A computation that neither tables nor cut points can express. */
  #computed(pool: readonly number[]): number[] {
    const [one] = this.#some(pool) as [number];
    switch (this.#upTo(5)) {
      case 0:
        return this.#argmax(pool);
      case 1:
        return this.#scaled(this.#linear(pool));
      case 2:
        return this.#add({ kind: 'impute', inputs: this.#linear(pool), fills: [0.5] }, 1);
      case 3:
        return this.#add({ ...this.#numberLookup(one) }, 1);
      default:
        return this.#linear(pool, 1 + this.#upTo(3));
    }
  }

  #numberLookup(input: number): Stage {
    return {
      kind: 'lookup',
      // Of a field, categories are its own; of anything computed, they are numbers.
      inputs: this.#linear([input]),
      categories: [[0, 1, null, -0.5]],
      numbers: Float64Array.from({ length: 4 }, () => this.#number()),
      unknown: 'others',
      others: Float64Array.of(this.#number()),
    };
  }

  #inHead(pool: readonly number[]): number[] {
    const kind = this.#upTo(5);
    if (kind === 0) return this.#trees(pool);
    if (kind === 1) {
      this.#require(pool);
      return this.#scaled(this.#some(pool));
    }
    return kind === 2 ? this.#scaled(this.#some(pool)) : this.#computed(pool);
  }

  #linear(pool: readonly number[], results = 1): number[] {
    const inputs = this.#some(pool);
    const weights = Float64Array.from({ length: inputs.length * results }, () => this.#number());
    const intercepts = Float64Array.from({ length: results }, () => this.#number());
    return this.#add({ kind: 'linear', inputs, weights, intercepts }, results);
  }

  #argmax(pool: readonly number[]): number[] {
    return this.#add(argmax(this.#some(pool)), 1);
  }

  #require(pool: readonly number[]): void {
    const missing = this.#chance(0.5) ? 'accept' : 'reject';
    const type = this.#chance(0.5) ? 'float32' : 'float64';
    this.#add({ kind: 'require', inputs: this.#some(pool), missing, type }, 0);
  }

  #trees(pool: readonly number[]): number[] {
    const inputs = this.#some(pool);
    const ensemble = this.#ensembles.length;
    const trees = randomEnsemble(inputs.length, this.#random);
    this.#ensembles.push(trees);
    return this.#add({ kind: 'trees', inputs, ensemble }, trees.outputs);
  }

  #answer(pool: readonly number[]): AnswerRule {
    const scores = ['decision_function', 'score_samples']
      .filter(() => this.#chance(0.25))
      .map((name) => ({ name, values: this.#some(pool) }));
    const outputs = Array.from({ length: 1 + this.#upTo(2) }, () => this.#some(pool));
    if (this.#chance(0.5)) {
      const numbers = outputs.map(([value]): OutputRule => ({ kind: 'number', value: value! }));
      return { outputs: numbers, scores };
    }
    const known = this.#chance(0.6);
    const classes = outputs.map((values): OutputRule => {
      const labels = values.map((_, at) => `class ${at}`);
      const [index] = this.#add(argmax(values), 1) as [number];
      return { kind: 'class', labels, index, probabilities: known ? values : null };
    });
    return { outputs: classes, scores };
  }

  /** At least one of them, in any order, sometimes twice. */
  #some(pool: readonly number[]): number[] {
    const count = 1 + this.#upTo(Math.min(6, pool.length));
    return Array.from({ length: count }, () => pool[this.#upTo(pool.length)]!);
  }

  #add(stage: Stage, results: number): number[] {
    this.#stages.push(stage);
    return Array.from({ length: results }, () => this.#values++);
  }

  #number(): number {
    return this.#chance(0.3) ? Math.round(this.#random() * 4 - 2) / 2 : this.#random() * 4 - 2;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #upTo(count: number): number {
    return Math.floor(this.#random() * count);
  }
}

function randomEnsemble(features: number, random: () => number): Ensemble {
  const nodes: { feature: number; threshold: number; left: number; right: number }[] = [];
  const outputs = 1 + Math.floor(random() * 3);
  const oneEach = random() < 0.4;
  const leaves: number[] = [];
  const leaf = (): number => {
    const first = leaves.length;
    for (let output = 0; output < (oneEach ? 1 : outputs); output++) leaves.push(random() - 0.5);
    return ~(first / (oneEach ? 1 : outputs));
  };
  const grow = (depth: number): number => {
    if (depth === 5 || random() < 0.2) return leaf();
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
  const sums = roots.length % 3 === 0 ? 'float32' : 'float64';
  return {
    roots,
    feature: Uint32Array.from(nodes, (node) => node.feature),
    threshold: Float64Array.from(nodes, (node) => node.threshold),
    left: Int32Array.from(nodes, (node) => node.left),
    right: Int32Array.from(nodes, (node) => node.right),
    missingLeft: Uint8Array.from(nodes, () => (random() < 0.5 ? 1 : 0)),
    visits: new Float64Array(),
    outputs,
    treeOutputs: oneEach
      ? Uint32Array.from(roots, () => Math.floor(random() * outputs))
      : new Uint32Array(),
    leafValues:
      sums === 'float32' ? Float64Array.from(leaves, Math.fround) : Float64Array.from(leaves),
    covers: new Float64Array(),
    comparison: random() < 0.5 ? '<=' : '<',
    base: Float64Array.from({ length: outputs }, random),
    featureType: random() < 0.7 ? 'float32' : 'float64',
    sums,
    missing: random() < 0.6 ? 'nodes' : 'reject',
  };
}
