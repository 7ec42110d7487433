import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

import { describe, expect, test } from 'vitest';

import { SKLEARN_FIXTURES, sklearnFixtures } from '../../support/sklearn-fixtures.ts';

/** Bytes of all fixtures together: more would slow down every clone of the repository. */
const FIXTURES_BYTES_MAX = 10 * 1024 * 1024;

/** Sums in another order than BLAS's are this near, relative to the larger. */
const RELATIVE_MAX = 1e-9;

/** exp and log of two libraries differ by a unit; sums and quotients of a few of them by some more. */
const ULPS_MAX = 8;

/** Something other than the default. */
const SET = Symbol('set');

type Value = string | boolean | null | typeof SET;

/** Models that people train, with the options that change their answers; each is in some fixture. */
const COVERED: Readonly<Record<string, Readonly<Record<string, readonly Value[]>>>> = {
  RandomForestClassifier: { class_weight: [SET, 'balanced', 'balanced_subsample'] },
  RandomForestRegressor: { monotonic_cst: [SET], max_leaf_nodes: [SET] },
  ExtraTreesClassifier: {},
  ExtraTreesRegressor: {},
  DecisionTreeClassifier: {},
  DecisionTreeRegressor: { criterion: ['mae', 'absolute_error'], ccp_alpha: [SET] },
  ExtraTreeClassifier: {},
  ExtraTreeRegressor: {},
  GradientBoostingClassifier: { loss: ['exponential'], init: ['zero', SET] },
  GradientBoostingRegressor: {
    loss: ['absolute_error', 'lad', 'huber', 'quantile'],
    init: ['zero', SET],
  },
  HistGradientBoostingClassifier: { categorical_features: [SET] },
  HistGradientBoostingRegressor: {
    categorical_features: [SET],
    monotonic_cst: [SET],
    loss: ['absolute_error', 'poisson', 'gamma', 'quantile'],
  },
  IsolationForest: { contamination: [SET], max_features: [SET] },
  BaggingClassifier: { max_features: [SET], max_samples: [SET] },
  BaggingRegressor: { max_features: [SET] },
  AdaBoostClassifier: { algorithm: ['SAMME'] },
  AdaBoostRegressor: {},
  VotingClassifier: { voting: ['soft'], weights: [SET] },
  VotingRegressor: { weights: [SET] },
  StackingClassifier: { passthrough: [true], stack_method: [SET] },
  StackingRegressor: { passthrough: [true] },
  CalibratedClassifierCV: { method: ['isotonic'], cv: [SET] },
  TransformedTargetRegressor: { func: ['log1p'], transformer: [SET] },
  MultiOutputRegressor: {},
  MultiOutputClassifier: {},
  LinearRegression: {},
  Ridge: {},
  Lasso: {},
  ElasticNet: {},
  LogisticRegression: { multi_class: ['ovr', 'multinomial'] },
  SGDClassifier: { loss: ['log_loss', 'modified_huber'] },
  SGDRegressor: {},
  Pipeline: {},
  FeatureUnion: { transformer_weights: [SET] },
  ColumnTransformer: { remainder: ['passthrough', SET], transformer_weights: [SET] },
  SimpleImputer: {
    strategy: ['median', 'most_frequent', 'constant'],
    missing_values: [SET],
    add_indicator: [true],
    keep_empty_features: [true],
  },
  MissingIndicator: { features: ['all'] },
  StandardScaler: { with_mean: [false], with_std: [false] },
  MinMaxScaler: { clip: [true], feature_range: [SET] },
  MaxAbsScaler: {},
  RobustScaler: { with_centering: [false] },
  OneHotEncoder: {
    drop: ['first', 'if_binary', SET],
    handle_unknown: ['ignore', 'infrequent_if_exist', 'warn'],
    min_frequency: [SET],
    max_categories: [SET],
    dtype: ['float32'],
  },
  OrdinalEncoder: { handle_unknown: ['use_encoded_value'], encoded_missing_value: [SET] },
  TargetEncoder: {},
  KBinsDiscretizer: { encode: ['ordinal', 'onehot-dense'], strategy: ['uniform', 'kmeans'] },
  QuantileTransformer: { output_distribution: ['normal'] },
  PowerTransformer: { method: ['box-cox'], standardize: [false] },
  Binarizer: { threshold: [SET] },
  FunctionTransformer: {
    func: ['log1p', 'log', 'log2', 'log10', 'sqrt', 'square', 'absolute', 'exp', 'expm1'],
  },
  VarianceThreshold: {},
  SelectKBest: {},
  SelectPercentile: {},
  SelectFromModel: {},
  RFE: {},
  PolynomialFeatures: { interaction_only: [true], include_bias: [false] },
  Normalizer: { norm: ['l1', 'max'] },
  PCA: { whiten: [true] },
  TruncatedSVD: {},
};

const fixtures = sklearnFixtures();
const parts = fixtures.flatMap((fixture) => fixture.parts);

describe.each(Object.entries(COVERED))('%s', (name, options) => {
  const own = parts.filter((part) => part.class === name);

  test('stands in a fixture', () => {
    expect(own.length).toBeGreaterThan(0);
  });

  const wanted = Object.entries(options).flatMap(([option, values]) =>
    values.map((value) => ({ option, value, shown: value === SET ? 'set' : String(value) })),
  );
  test.each(wanted)('with $option $shown', ({ option, value }) => {
    const used = own.filter((part) => Object.hasOwn(part.options, option));
    expect(used.some((part) => value === SET || part.options[option] === value)).toBe(true);
  });
});

test('all fixtures together are small', () => {
  const bytes = filesBelow(SKLEARN_FIXTURES).reduce((sum, file) => sum + statSync(file).size, 0);
  expect(bytes).toBeLessThanOrEqual(FIXTURES_BYTES_MAX);
});

test('no fixture tolerates more than the design allows', () => {
  for (const { title, tolerance } of fixtures) {
    if (tolerance === null) continue;
    const [far, most] =
      'ulps' in tolerance ? [tolerance.ulps, ULPS_MAX] : [tolerance.relative, RELATIVE_MAX];
    expect(far, title).toBeLessThanOrEqual(most);
  }
});

test('every model file belongs to answers, and every answer to a model file', () => {
  const answers = fixtures.map(({ module, name }) => join(module, name, 'answers.json'));
  const wanted = new Set([...fixtures.map(({ file }) => file), ...answers]);
  const found = filesBelow(SKLEARN_FIXTURES).map((file) => relative(SKLEARN_FIXTURES, file));
  expect(found.toSorted()).toEqual([...wanted].toSorted());
});

test('a name is used in one module only', () => {
  const titles = fixtures.map(({ title }) => title);
  expect(titles).toEqual([...new Set(titles)]);
});

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
