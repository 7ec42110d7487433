/**
 * Rules of scikit-learn's HistGradientBoosting (sklearn/ensemble/_hist_gradient_boosting),
 * each with the code that keeps it.
 */
const MODEL = 'src/import/sklearn/trees/hist-gradient-boosting.ts';
const TREES = 'src/import/build/tree-arrays.ts';
const MEMBERS = 'src/model/kinds/preparation/members.ts';
const ALL = '^HistGradientBoosting';
const CLASSIFIERS = '^HistGradientBoostingClassifier';

export const HIST_GRADIENT_BOOSTING_INVERSIONS = [
  {
    sentence: 'features stay float64',
    file: MODEL,
    text: "featureType: 'float64',",
    inverted: "featureType: 'float32',",
    fixtures: 'hist-ties',
  },
  {
    sentence: 'x <= num_threshold goes left',
    file: 'src/import/sklearn/trees/tree-ensemble.ts',
    text: "comparison: '<=',",
    inverted: "comparison: '<',",
    fixtures: 'hist-ties',
  },
  {
    sentence: 'a missing value goes where missing_go_to_left says, before anything else is asked',
    file: TREES,
    text: '= Math.min(side, 1);',
    inverted: '= 1 - Math.min(side, 1);',
    fixtures: ALL,
  },
  {
    sentence: 'a threshold may be infinite',
    file: TREES,
    text: 'if (Number.isNaN(threshold)) owner',
    inverted: 'if (!Number.isFinite(threshold)) owner',
    fixtures: ALL,
  },
  {
    sentence: 'a negative category goes the missing way, since 1.2',
    file: MODEL,
    text: "isAtLeast(version, 1, 2) ? 'missing' : 'wrapped'",
    inverted: "isAtLeast(version, 99, 0) ? 'missing' : 'wrapped'",
    fixtures: ALL,
  },
  {
    sentence: 'a category in the left bitset goes left, a known one outside of it right',
    file: MEMBERS,
    text: 'holds(sets, set * SET_WORDS, code) ? 0 : otherwise;',
    inverted: 'holds(sets, set * SET_WORDS, code) ? otherwise : 0;',
    fixtures: ALL,
  },
  {
    sentence: 'an unknown category goes the missing way',
    file: MEMBERS,
    text: 'holds(known, 0, code) ? 1 : Number.NaN;',
    inverted: '1;',
    fixtures: ALL,
  },
  {
    sentence: 'before 1.2 it wraps around like any other',
    file: MODEL,
    text: "isAtLeast(version, 1, 2) ? 'missing' : 'wrapped'",
    inverted: "isAtLeast(version, 0, 0) ? 'missing' : 'wrapped'",
    fixtures: ALL,
  },
  {
    sentence: 'a category loses its fraction',
    file: MEMBERS,
    text: 'const whole = Math.trunc(x);',
    inverted: 'const whole = Math.ceil(x);',
    fixtures: ALL,
  },
  {
    sentence: 'a category is cut down to a byte',
    file: MEMBERS,
    text: '? whole & 0xff : 0;',
    inverted: '? Math.min(Math.abs(whole), 0xff) : 0;',
    fixtures: ALL,
  },
  {
    sentence: 'a set has 256 bits in eight words',
    file: MEMBERS,
    text: '(words[first + (code >> 5)]! >>> (code & 31))',
    inverted: '(words[first]! >>> (code & 31))',
    fixtures: ALL,
  },
  {
    sentence: 'sums start from the baseline',
    file: MODEL,
    text: 'const base = baselineOf(model, sums);',
    inverted: 'const base = new Float64Array(sums);',
    fixtures: ALL,
  },
  {
    sentence: 'trees add up in their order',
    file: TREES,
    text: 'else arrays.roots[this.#trees] = place;',
    inverted: 'else arrays.roots[arrays.roots.length - 1 - this.#trees] = place;',
    fixtures: ALL,
  },
  {
    sentence: 'of each iteration, tree k adds to class k',
    file: MODEL,
    text: 'Uint32Array.from(predictors, (_, tree) => tree % sums)',
    inverted: 'Uint32Array.from(predictors, (_, tree) => (tree + 1) % sums)',
    fixtures: CLASSIFIERS,
  },
  {
    sentence: 'leaves are already shrunk by the learning rate',
    file: TREES,
    text: 'this.arrays.leafValues[start + at] = value;',
    inverted: 'this.arrays.leafValues[start + at] = value * 0.1;',
    fixtures: ALL,
  },
  {
    sentence: 'categories of a table are encoded first, and stand before the other columns',
    file: MODEL,
    text: '[...encoded.values, ...values.filter((_, at) => !isCategorical[at])]',
    inverted: '[...values.filter((_, at) => !isCategorical[at]), ...encoded.values]',
    fixtures: ALL,
  },
  {
    sentence: 'two classes: expit of the sum',
    file: MODEL,
    text: "builder.stage({ kind: 'sigmoid', inputs: raw() }, place)",
    inverted: "builder.stage({ kind: 'sigmoid', inputs: builder.divide(raw(), -1, place) }, place)",
    fixtures: CLASSIFIERS,
  },
  {
    sentence: 'poisson and gamma: exp of the sum',
    file: MODEL,
    text: "new Set(['poisson', 'gamma'])",
    inverted: 'new Set()',
    fixtures: '^HistGradientBoostingRegressor',
  },
];
