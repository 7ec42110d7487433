import type { Model } from '../../src/model/model.ts';
import type { ScaleStage } from '../../src/model/stages.ts';

/**
 * Two trees over `sales` (through the float32 cast) and a one-hot `segment`, small enough to be
 * evaluated by eye: tinyAnswer is the judge in tests.
 */
export function tinyModel(changes: Partial<Model['metadata']> = {}): Model {
  return {
    fields: [
      { name: 'sales', type: 'number', minimum: 0 },
      { name: 'quantity', type: 'number', integer: true, minimum: 1 },
      { name: 'segment', type: 'text' },
    ],
    stages: [
      { kind: 'oneHot', inputs: [2], categories: [['Consumer', 'Corporate']], unknown: 'zeros' },
      { kind: 'trees', inputs: [0, 1, 3, 4], ensemble: 0 },
      dividing([5], 2),
    ],
    ensembles: [
      {
        // Tree 0: sales <= 100 ? 0.1 : (Corporate ? 0.5 : 0.25). Tree 1: quantity <= 2 ? -0.2 : 0.15.
        roots: Int32Array.of(0, 2),
        feature: Uint32Array.of(0, 3, 1),
        threshold: Float64Array.of(100, 0.5, 2),
        left: Int32Array.of(~0, ~1, ~3),
        right: Int32Array.of(1, ~2, ~4),
        missingLeft: Uint8Array.of(0, 0, 0),
        visits: new Float64Array(0),
        outputs: 1,
        treeOutputs: new Uint32Array(0),
        leafValues: Float64Array.of(0.1, 0.25, 0.5, -0.2, 0.15),
        covers: new Float64Array(0),
        comparison: '<=',
        base: Float64Array.of(0),
        featureType: 'float32',
        sums: 'float64',
        missing: 'reject',
      },
    ],
    answer: { outputs: [{ kind: 'number', value: 6 }], scores: [] },
    metadata: {
      name: 'rf_profit_margin',
      version: '7',
      target: 'profit_margin',
      sourceLibrary: 'scikit-learn',
      sourceVersion: '1.5.1',
      sourceKind: 'Pipeline(ColumnTransformer, RandomForestRegressor)',
      sourceDigest: '0'.repeat(64),
      createdAt: '2026-01-02T03:04:05.000Z',
      metrics: { mae: 0.1 },
      ...changes,
    },
    golden: { inputs: [], raw: new Float64Array(0), outputs: new Float64Array(0) },
  };
}

export interface TinyRow {
  readonly sales: number;
  readonly quantity: number;
  readonly segment: string;
}

/** The answer of the tiny model, in the same order of operations. */
export function tinyAnswer({ sales, quantity, segment }: TinyRow): number {
  const { first, second } = treeValues({ sales, quantity, segment });
  return (0 + first + second) / 2;
}

function treeValues({ sales, quantity, segment }: TinyRow): { first: number; second: number } {
  const high = segment === 'Corporate' ? 0.5 : 0.25;
  return {
    first: Math.fround(sales) <= 100 ? 0.1 : high,
    second: quantity <= 2 ? -0.2 : 0.15,
  };
}

/** A classifier over one field: probabilities of two classes. */
export function tinyClassifier(): Model {
  const regression = tinyModel({ name: 'churn', target: 'churned' });
  return {
    ...regression,
    fields: [{ name: 'tenure', type: 'number' }],
    stages: [
      { kind: 'trees', inputs: [0], ensemble: 0 },
      { kind: 'argmax', inputs: [1, 2] },
    ],
    ensembles: [
      {
        ...regression.ensembles[0]!,
        roots: Int32Array.of(0),
        feature: Uint32Array.of(0),
        threshold: Float64Array.of(12),
        left: Int32Array.of(~0),
        right: Int32Array.of(~1),
        missingLeft: Uint8Array.of(0),
        outputs: 2,
        leafValues: Float64Array.of(0.25, 0.75, 0.9375, 0.0625),
        base: Float64Array.of(0, 0),
      },
    ],
    answer: {
      outputs: [{ kind: 'class', labels: ['stays', 'leaves'], index: 3, probabilities: [1, 2] }],
      scores: [],
    },
  };
}

export function dividing(inputs: readonly number[], divisor: number): ScaleStage {
  const divisors = new Float64Array(inputs.length).fill(divisor);
  return { kind: 'scale', inputs, offsets: null, divisors, factors: null, shifts: null };
}

/** The classifier without its probabilities: how sure it is says a score of two numbers. */
export function tinyScorer(): Model {
  return {
    ...tinyClassifier(),
    answer: {
      outputs: [{ kind: 'class', labels: ['stays', 'leaves'], index: 3, probabilities: null }],
      scores: [
        { name: 'decision_function', values: [1] },
        { name: 'votes', values: [1, 2] },
      ],
    },
  };
}

/** A sum of one field without any trees; not finite where the field is huge. */
export function tinyLinear(): Model {
  const weights = Float64Array.of(4);
  return {
    ...tinyModel({ name: 'linear', target: 'sum' }),
    fields: [{ name: 'x', type: 'number' }],
    stages: [{ kind: 'linear', inputs: [0], weights, intercepts: Float64Array.of(1) }],
    ensembles: [],
    answer: { outputs: [{ kind: 'number', value: 1 }], scores: [] },
  };
}

/** Two forests side by side, a third that reads what they say and the row, and their sum. */
export function tinyStack(): Model {
  const model = tinyModel({ name: 'stack', target: 'profit' });
  const [trees] = model.ensembles;
  const ensembles = [trees!, { ...trees!, base: Float64Array.of(0.5) }, trees!];
  return {
    ...model,
    stages: [
      { kind: 'oneHot', inputs: [2], categories: [['Consumer', 'Corporate']], unknown: 'zeros' },
      { kind: 'trees', inputs: [0, 1, 3, 4], ensemble: 0 },
      { kind: 'trees', inputs: [0, 1, 3, 4], ensemble: 1 },
      { kind: 'trees', inputs: [0, 5, 3, 6], ensemble: 2 },
      {
        kind: 'linear',
        inputs: [5, 6, 7],
        weights: Float64Array.of(1, 1, 1),
        intercepts: Float64Array.of(0),
      },
    ],
    ensembles,
    answer: { outputs: [{ kind: 'number', value: 8 }], scores: [] },
  };
}

/** The answer of the stack: its last forest asks the first for a quantity, the second for a segment. */
export function stackAnswer(row: TinyRow): number {
  const first = 2 * tinyAnswer(row);
  const own = treeValues(row);
  const second = 0.5 + own.first + own.second;
  const high = Math.fround(second) <= 0.5 ? 0.25 : 0.5;
  const asked = Math.fround(row.sales) <= 100 ? 0.1 : high;
  const last = 0 + asked + (Math.fround(first) <= 2 ? -0.2 : 0.15);
  return 0 + first * 1 + second * 1 + last * 1 + 0;
}
