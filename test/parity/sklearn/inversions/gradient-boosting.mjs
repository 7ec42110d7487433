/** Rules of scikit-learn's GradientBoosting (sklearn/ensemble/_gb.py), each with the code that keeps it. */
const MODEL = 'src/import/sklearn/trees/gradient-boosting.ts';
const START = 'src/import/sklearn/trees/gradient-boosting-start.ts';
const ENSEMBLE = 'src/import/sklearn/trees/tree-ensemble.ts';
const ALL = '^GradientBoosting';
const CLASSIFIERS = '^GradientBoostingClassifier';

export const GRADIENT_BOOSTING_INVERSIONS = [
  {
    sentence: 'boosting starts from the prior of the classes, through the link',
    file: START,
    text: 'return constant(rawOf(',
    inverted: 'return constant(((..._: unknown[]) => new Float64Array(sums))(',
    fixtures: CLASSIFIERS,
  },
  {
    sentence: 'the prior is clipped to [eps, 1 - eps]',
    file: START,
    text: 'Math.min(Math.max(share, epsilon), 1 - epsilon)',
    inverted: 'share',
    fixtures: 'prior-clipped',
  },
  {
    sentence: 'eps is that of float64 since 1.8',
    file: START,
    text: 'isAtLeast(version, 1, 8) ? Number.EPSILON',
    inverted: 'isAtLeast(version, 99, 0) ? Number.EPSILON',
    fixtures: 'prior-clipped-1.9',
  },
  {
    sentence: 'and that of float32 before',
    file: START,
    text: 'isAtLeast(version, 1, 8) ? Number.EPSILON',
    inverted: 'isAtLeast(version, 0, 0) ? Number.EPSILON',
    fixtures: 'prior-clipped-(0|1.[0-7])',
  },
  {
    sentence: 'the init estimator of regression answers its constant',
    file: START,
    text: "return constant(numbersIn(init, 'constant_'));",
    inverted: 'return constant(new Float64Array(sums));',
    fixtures: '^GradientBoostingRegressor',
  },
  {
    sentence: "init='zero' starts from 0",
    file: START,
    text: "if (value === 'zero') return constant(new Float64Array(sums));",
    inverted: "if (value === 'zero') return constant(new Float64Array(sums).fill(1));",
    fixtures: ALL,
  },
  {
    sentence: 'an estimator as init answers each row, and its answer stands before the trees',
    file: MODEL,
    text: '[value].concat(ofSum(sum))',
    inverted: 'ofSum(sum).concat(value)',
    fixtures: ALL,
  },
  {
    sentence: 'each leaf counts learning rate times its value',
    file: MODEL,
    text: 'map((value) => rate * value)',
    inverted: 'map((value) => value)',
    fixtures: ALL,
  },
  {
    sentence: 'the product is one rounding of float64',
    file: MODEL,
    text: 'map((value) => rate * value)',
    inverted: 'map((value) => value / (1 / rate))',
    fixtures: ALL,
  },
  {
    sentence: 'of each stage, tree k adds to class k',
    file: MODEL,
    text: 'Uint32Array.from(trees, (_, tree) => tree % start.sums)',
    inverted: 'Uint32Array.from(trees, (_, tree) => (tree + 1) % start.sums)',
    fixtures: CLASSIFIERS,
  },
  {
    sentence: 'stages add up in their order',
    file: 'src/import/build/tree-arrays.ts',
    text: 'else arrays.roots[this.#trees] = place;',
    inverted: 'else arrays.roots[arrays.roots.length - 1 - this.#trees] = place;',
    fixtures: ALL,
  },
  {
    sentence: 'features are rounded to float32',
    file: ENSEMBLE,
    text: "const FINITE_FLOAT32 = { featureType: 'float32',",
    inverted: "const FINITE_FLOAT32 = { featureType: 'float64',",
    fixtures: 'boosted-ties',
  },
  {
    sentence: 'x <= threshold goes left',
    file: ENSEMBLE,
    text: "comparison: '<=',",
    inverted: "comparison: '<',",
    fixtures: 'boosted-ties',
  },
  {
    sentence: 'a missing value has no direction of its own: the table is refused before the trees',
    file: ENSEMBLE,
    text: "missing: 'reject' } as const;",
    inverted: "missing: 'nodes' } as const;",
    fixtures: ALL,
  },
  {
    sentence: 'two classes: expit of the sum',
    file: MODEL,
    text: "const positive = builder.stage({ kind: 'sigmoid', inputs }, place);",
    inverted:
      "const positive = builder.stage({ kind: 'sigmoid', inputs: builder.divide(inputs, -1, place) }, place);",
    fixtures: CLASSIFIERS,
  },
  {
    sentence: 'exponential loss: expit of twice the sum',
    file: MODEL,
    text: 'scaled(raw(), { factor: 2 }, builder, place)',
    inverted: 'scaled(raw(), { factor: 1 }, builder, place)',
    fixtures: CLASSIFIERS,
  },
  {
    sentence: 'more classes: softmax of the sums',
    file: 'src/model/kinds/answer/softmax.ts',
    text: 'y[at] = roundedExp(x[at]! - largest);',
    inverted: 'y[at] = roundedExp(largest - x[at]!);',
    fixtures: CLASSIFIERS,
  },
];
