import type { AnswerRule, Ensemble, Model } from '../../src/model/model.ts';
import type { ArgmaxStage, ScaleStage } from '../../src/model/stages.ts';

/**
 * A churn-like classifier: age (imputed, scaled), paid (true or false), plan (one-hot, unknown ones are
 * zeros), and a note that no tree reads. Features: age, paid, plan=basic, plan=pro.
 */
export function smallModel(): Model {
  return {
    fields: [
      { name: 'age', type: 'number', integer: true, minimum: 0, maximum: 130 },
      { name: 'paid', type: 'boolean' },
      { name: 'plan', type: 'text', description: 'What the customer pays for.' },
      { name: 'note', type: 'text' },
    ],
    stages: [
      { kind: 'impute', inputs: [0], fills: [41] },
      scale([4], { offsets: [40.25], divisors: [12.5] }),
      { kind: 'oneHot', inputs: [2], categories: [['basic', 'pro']], unknown: 'zeros' },
      { kind: 'trees', inputs: [5, 1, 6, 7], ensemble: 0 },
      scale([8, 9], { divisors: [2, 2] }),
      { kind: 'argmax', inputs: [10, 11] },
    ],
    ensembles: [smallEnsemble()],
    answer: {
      outputs: [{ kind: 'class', labels: ['stays', 'leaves'], index: 12, probabilities: [10, 11] }],
      scores: [],
    },
    metadata: {
      name: 'churn',
      version: '3',
      target: 'churned',
      sourceLibrary: 'scikit-learn',
      sourceVersion: '1.5.1',
      sourceKind: 'Pipeline(ColumnTransformer, RandomForestClassifier)',
      sourceDigest: 'ab'.repeat(32),
      createdAt: '2026-01-02T03:04:05.000Z',
      metrics: { auc: 0.875, 'log loss': 0.1 },
    },
    golden: { inputs: [], raw: new Float64Array(), outputs: new Float64Array() },
  };
}

/** Tree 0: age <= 0.02 ? (plan=pro <= 0.5 ? a : b) : c. Tree 1: paid <= 0.5 ? d : e. */
export function smallEnsemble(): Ensemble {
  return {
    roots: Int32Array.of(0, 2),
    feature: Uint32Array.of(0, 3, 1),
    threshold: Float64Array.of(0.02, 0.5, 0.5),
    left: Int32Array.of(1, ~0, ~3),
    right: Int32Array.of(~2, ~1, ~4),
    missingLeft: Uint8Array.of(0, 1, 0),
    visits: Float64Array.of(100, 60, 100),
    outputs: 2,
    treeOutputs: new Uint32Array(),
    leafValues: Float64Array.of(0.9, 0.1, 0.25, 0.75, 0.5, 0.5, 1, 0, 1 / 3, 2 / 3),
    covers: new Float64Array(),
    comparison: '<=',
    base: Float64Array.of(0, 0),
    featureType: 'float32',
    sums: 'float64',
    missing: 'reject',
  };
}

type Scaling = Partial<Record<'offsets' | 'divisors' | 'factors' | 'shifts', readonly number[]>>;

export function scale(inputs: readonly number[], scaling: Scaling): ScaleStage {
  const listOf = (name: keyof Scaling): Float64Array | null =>
    scaling[name] === undefined ? null : Float64Array.from(scaling[name]);
  const [offsets, divisors] = [listOf('offsets'), listOf('divisors')];
  const [factors, shifts] = [listOf('factors'), listOf('shifts')];
  return { kind: 'scale', inputs, offsets, divisors, factors, shifts };
}

/** A regression's answer: these values, and no scores. */
export function numbersOf(...values: readonly number[]): AnswerRule {
  return { outputs: values.map((value) => ({ kind: 'number', value })), scores: [] };
}

export function argmax(inputs: readonly number[]): ArgmaxStage {
  return { kind: 'argmax', inputs };
}
