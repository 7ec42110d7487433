import { describe, expect, test } from 'vitest';
import { NumpyArray } from '../../src/import/python/pickle/array.ts';
import { NumpyType } from '../../src/import/python/pickle/dtype.ts';
import { Global, PickleObject, type PickleValue } from '../../src/import/python/pickle/values.ts';
import { PipelineBuilder } from '../../src/import/build/pipeline-builder.ts';
import { stepContext } from '../../src/import/sklearn/context.ts';
import type { Block } from '../../src/import/build/predictor.ts';
import { refusalOf } from '../support/refusal.ts';

function numbers(shape: readonly number[], of: readonly number[]): NumpyArray {
  const array = new NumpyArray();
  array.takeOver(new NumpyType('f', 8), shape, false, new Uint8Array(Float64Array.from(of).buffer));
  return array;
}

function objects(of: PickleValue[]): NumpyArray {
  const array = new NumpyArray();
  array.takeOver(new NumpyType('O', 8), [of.length], false, of);
  return array;
}

type Attributes = Readonly<Record<string, PickleValue>>;

function step(name: string, attributes: Attributes): PickleObject {
  const object = new PickleObject(new Global('sklearn.somewhere', name), []);
  object.state = new Map(Object.entries(attributes));
  return object;
}

const NEWEST = { text: '1.9.1', major: 1, minor: 9, patch: 1 };

/** The results of the step for two columns. */
function imported(name: string, attributes: Attributes, version = NEWEST, sparse = false): Block {
  const builder = new PipelineBuilder(2, ['a', 'b']);
  const fields = { values: builder.fieldValues, sparse };
  return stepContext(builder, version).step(step(name, attributes), 'Pipeline.steps[0]', fields);
}

test('a column that an imputer drops and nothing else reads is no field', () => {
  const builder = new PipelineBuilder(2, ['a', 'b']);
  const fieldValues = { values: builder.fieldValues, sparse: false };
  const imputer = step('SimpleImputer', {
    strategy: 'mean',
    missing_values: Number.NaN,
    statistics_: numbers([2], [Number.NaN, 3]),
  });
  const block = stepContext(builder, NEWEST).step(imputer, 'SimpleImputer', fieldValues);
  const output = { kind: 'number', value: block.values[0]! } as const;
  const model = builder.finish({ outputs: [output], scores: [] });
  expect(model.fields.map(({ name }) => name)).toEqual(['b']);
});

describe('what is known and not understood is refused with what to do instead', () => {
  test.each([
    ['KNNImputer', 'use a SimpleImputer, or a forest that takes missing values'],
    ['IterativeImputer', 'use a SimpleImputer, or a forest that takes missing values'],
    ['CountVectorizer', 'turn texts into columns before the pipeline'],
    ['TfidfVectorizer', 'turn texts into columns before the pipeline'],
    ['LabelEncoder', 'it is for targets: use an OrdinalEncoder'],
    ['LabelBinarizer', 'it is for targets: use a OneHotEncoder'],
    ['Imputer', 'save it with scikit-learn 0.20 or newer, with a SimpleImputer'],
    ['KernelPCA', 'the steps that are understood are Binarizer, ColumnTransformer, '],
  ])('%s', (name, advice) => {
    expect(refusalOf(() => imported(name, {}))).toContain(
      `Pipeline.steps[0] is a sklearn.somewhere.${name}, which is not understood: ${advice}`,
    );
  });
});

describe('an option that is not understood is refused, never ignored', () => {
  const scaler = { mean_: numbers([2], [1, 2]), scale_: numbers([2], [1, 2]) };
  const bins = objects([numbers([3], [0, 1, 2]), numbers([3], [0, 1, 2])]);
  const old = { text: '1.0.2', major: 1, minor: 0, patch: 2 };
  test.each<[string, string, Attributes, RegExp, typeof NEWEST?, boolean?]>([
    [
      'a function of one’s own',
      'FunctionTransformer',
      { func: new Global('__main__', 'clean') },
      /calls the name __main__\.clean, which is not understood: apply it before the pipeline/,
    ],
    [
      'another function of numpy',
      'FunctionTransformer',
      { func: new Global('numpy', 'sin') },
      /calls numpy\.sin, which is not understood: .* use numpy's absolute, exp, /,
    ],
    [
      'a function with options',
      'FunctionTransformer',
      { func: new Global('numpy', 'log'), kw_args: new Map([['where', true]]) },
      /calls its function with options \(kw_args\)/,
    ],
    [
      'a logarithm of sparse columns',
      'FunctionTransformer',
      { func: new Global('numpy', 'log') },
      /calls numpy\.log on sparse columns, where scikit-learn itself raises/,
      NEWEST,
      true,
    ],
    [
      'a scaler that centers sparse columns',
      'StandardScaler',
      scaler,
      /centers sparse columns, where scikit-learn itself raises/,
      NEWEST,
      true,
    ],
    [
      'a scale that is not finite',
      'StandardScaler',
      { ...scaler, scale_: numbers([2], [1, Number.NaN]) },
      /has a scale_ that is not finite: a column was empty when it was fitted/,
    ],
    [
      'a scale of 0',
      'MaxAbsScaler',
      { scale_: numbers([2], [1, 0]) },
      /The MaxAbsScaler at Pipeline\.steps\[0\] divides by 0/,
    ],
    [
      'a range from high to low',
      'MinMaxScaler',
      {
        scale_: numbers([2], [1, 1]),
        min_: numbers([2], [0, 0]),
        clip: true,
        feature_range: [1, 0],
      },
      /has a feature_range that is not two numbers in ascending order/,
    ],
    [
      'float32 bins before 1.1',
      'KBinsDiscretizer',
      { encode: 'ordinal', bin_edges_: bins, dtype: new Global('numpy', 'float32') },
      /bins float32 numbers the way it did before 1\.1, which is not understood/,
      old,
    ],
    [
      'quantiles of sparse columns',
      'QuantileTransformer',
      { output_distribution: 'uniform' },
      /transforms sparse columns, which is not understood: make them dense before/,
      NEWEST,
      true,
    ],
    [
      'an encoder of the oldest kind',
      'OneHotEncoder',
      { _legacy_mode: true },
      /encodes as versions before 0\.20 did: fit it with categories="auto"/,
    ],
    [
      'a norm that is none',
      'Normalizer',
      { norm: 'l3' },
      /has a norm that is not understood: it may be l1, l2, max/,
    ],
    [
      'importances by a function',
      'SelectFromModel',
      { importance_getter: new Global('__main__', 'weights') },
      /asks its model for other importances \(importance_getter\): set it to "auto"/,
    ],
    [
      'importances of a model that has none',
      'SelectFromModel',
      { estimator: step('SVR', {}) },
      /no model whose importances are understood: save the list of columns instead/,
    ],
    [
      'a marker that is a truth value',
      'SimpleImputer',
      { missing_values: true, statistics_: numbers([2], [1, 2]) },
      /fills values that are neither numbers nor texts \(missing_values\)/,
    ],
    [
      'products of a degree that is none',
      'PolynomialFeatures',
      { degree: 2.5 },
      /has a degree that is no number from 0 to 100, or a pair of them/,
    ],
    [
      'a selector of other columns',
      'VarianceThreshold',
      { threshold: 0, variances_: numbers([3], [1, 2, 3]) },
      /has 3 values for its variances_ where 2 are expected/,
    ],
  ])('%s', (_, name, attributes, sentence, version, sparse) => {
    expect(refusalOf(() => imported(name, attributes, version, sparse))).toMatch(sentence);
  });

  test('an importance beside the threshold is not decided by a rounding', () => {
    const model = step('Lasso', { coef_: numbers([2], [0.5, 0.5 + 2 ** -50]) });
    const select = { estimator_: model, threshold: 0.5 };
    expect(refusalOf(() => imported('SelectFromModel', select))).toMatch(
      /has an importance too near to its threshold/,
    );
  });

  test('products without end are refused before they are made', () => {
    const builder = new PipelineBuilder(2000, null);
    const fields = { values: builder.fieldValues, sparse: false };
    const products = step('PolynomialFeatures', { degree: 100 });
    const run = () => stepContext(builder, NEWEST).step(products, 'PolynomialFeatures', fields);
    expect(refusalOf(run)).toMatch(/products|values|hands over/);
  });

  test('an encoder in float32 before arithmetic is refused', () => {
    const encoder = step('OneHotEncoder', {
      handle_unknown: 'ignore',
      categories_: [objects(['x']), objects(['y'])],
      dtype: new Global('numpy', 'float32'),
    });
    const builder = new PipelineBuilder(2, null);
    const fields = { values: builder.fieldValues, sparse: false };
    const context = stepContext(builder, NEWEST);
    const encoded = context.step(encoder, 'Pipeline.steps[0]', fields);
    const products = step('PolynomialFeatures', { degree: 2 });
    expect(refusalOf(() => context.step(products, 'Pipeline.steps[1]', encoded))).toMatch(
      /The PolynomialFeatures at Pipeline\.steps\[1\] computes in float32/,
    );
  });
});
