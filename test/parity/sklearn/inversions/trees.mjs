/**
 * Rules of scikit-learn's trees and forests (sklearn/tree, sklearn/ensemble/_forest.py),
 * each with the code that keeps it.
 */
const FOREST = 'src/import/sklearn/trees/forest.ts';
const TREES = 'src/import/build/tree-arrays.ts';
const MISSING = 'src/import/sklearn/trees/missing.ts';
const LEAVES = 'src/import/sklearn/trees/leaves.ts';
const BUILDER = 'src/import/build/pipeline-builder.ts';
const REFERENCE = 'native/kernels/reference.cc';

export const TREE_INVERSIONS = [
  {
    sentence: 'features are rounded to float32 before they meet a threshold',
    file: FOREST,
    text: "featureType: 'float32',",
    inverted: "featureType: 'float64',",
    fixtures: 'rounded-ties|neighbours',
  },
  {
    sentence: 'rounding to float32, in the arithmetic that reference and cut points share',
    file: 'native/forest/view/steps.h',
    text: 'return static_cast<double>(static_cast<float>(x));',
    inverted: 'return x;',
    fixtures: 'rounded-ties|neighbours',
  },
  {
    sentence: 'a number that is infinite as a float32 is refused',
    file: 'src/model/values.ts',
    text: 'case STEP.toFloat32:\n      return Math.fround(x);',
    inverted: 'case STEP.toFloat32:\n      return x;',
    fixtures: 'regressor-array',
  },
  {
    sentence: 'thresholds are float64',
    file: TREES,
    text: 'arrays.threshold[inner] = threshold;',
    inverted: 'arrays.threshold[inner] = Math.fround(threshold);',
    fixtures: 'rounded-ties|neighbours',
  },
  {
    sentence: 'a missing value goes left where missing_go_to_left says so, else right',
    file: TREES,
    text: '= Math.min(side, 1);',
    inverted: '= 1 - Math.min(side, 1);',
    fixtures: 'tree-missing|tree-classifier-missing|forest-missing',
  },
  {
    sentence: 'the bin of a missing value lies on the side of its node list',
    file: 'native/forest/columns/columns.cc',
    text: '.missing_bin = is_left ? 0 :',
    inverted: '.missing_bin = !is_left ? 0 :',
    fixtures: 'tree-missing|forest-missing',
  },
  {
    sentence: 'the reference asks isnan(x) before it compares',
    file: REFERENCE,
    text: 'return trees.missing_left[node] != 0;',
    inverted: 'return trees.missing_left[node] == 0;',
    fixtures: 'tree-missing|forest-missing',
  },
  {
    sentence: 'where training saw no missing value the flag still holds the larger child',
    file: TREES,
    text: 'if (missingLeft !== null) {',
    inverted: 'if (missingLeft === undefined) {',
    fixtures: 'best-first|extra-tree-1.9.1',
  },
  {
    sentence: 'x <= threshold goes left',
    file: 'src/import/sklearn/trees/tree-ensemble.ts',
    text: "comparison: '<=',",
    inverted: "comparison: '<',",
    fixtures: 'rounded-ties|neighbours',
  },
  {
    sentence: 'x <= threshold goes left, one node at a time',
    file: REFERENCE,
    text: '? x <= trees.threshold[node]',
    inverted: '? x < trees.threshold[node]',
    fixtures: 'rounded-ties|neighbours',
  },
  {
    sentence: 'x <= threshold goes left, as a cut point',
    file: 'native/forest/columns/pull_back.cc',
    text: 'if (comparison == Comparison::kLessOrEqual) return threshold;',
    inverted:
      'if (comparison == Comparison::kLessOrEqual) return std::nextafter(threshold, -kInfinity);',
    fixtures: 'rounded-ties|neighbours',
  },
  {
    sentence: 'a value equal to a cut point is not beyond it',
    // One row of any instruction set goes this way.
    file: 'native/kernels/bin_row.h',
    text: 'static_cast<float>(x))',
    inverted: '__builtin_nextafterf(static_cast<float>(x), __builtin_inff()))',
    fixtures: 'rounded-ties|neighbours',
  },
  {
    sentence: 'single trees take missing values from 1.3 on',
    file: MISSING,
    text: 'isForest ? 4 : 3',
    inverted: 'isForest ? 4 : 4',
    fixtures: 'many-classes-1.3|tree-classifier-missing-1.3',
  },
  {
    sentence: 'before 1.3 a tree raises on them',
    file: MISSING,
    text: 'isForest ? 4 : 3',
    inverted: 'isForest ? 4 : 0',
    fixtures: 'many-classes-1.0',
  },
  {
    sentence: 'forests take missing values from 1.4 on',
    file: MISSING,
    text: 'isForest ? 4 : 3',
    inverted: 'isForest ? 5 : 3',
    fixtures: 'forest-missing-1.4',
  },
  {
    sentence: 'before 1.4 a forest raises on them',
    file: MISSING,
    text: 'isForest ? 4 : 3',
    inverted: 'isForest ? 3 : 3',
    fixtures: 'forest-two-targets-1.3|classes-by-output-1.3',
  },
  {
    sentence: 'extra trees take missing values from 1.6 on',
    file: MISSING,
    text: "isAtLeast(version, 1, 6)) return splitter === 'best'",
    inverted: "isAtLeast(version, 1, 7)) return splitter === 'best'",
    fixtures: 'extra-two-targets-1.6|extra-tree-1.6',
  },
  {
    sentence: 'before 1.6 extra trees raise on them',
    file: MISSING,
    text: "isAtLeast(version, 1, 6)) return splitter === 'best'",
    inverted: "isAtLeast(version, 1, 4)) return splitter === 'best'",
    fixtures: 'extra-three-classes-1.4',
  },
  {
    sentence: 'the sparse path takes no missing value',
    file: MISSING,
    text: 'if (sparse || !isAtLeast(',
    inverted: 'if (!isAtLeast(',
    fixtures: 'sparse-columns',
  },
  {
    sentence: 'leaf values are float64',
    file: TREES,
    text: 'this.arrays.leafValues[start + at] = value;',
    inverted: 'this.arrays.leafValues[start + at] = Math.fround(value);',
    fixtures: 'regressor-array|tree-regressor',
  },
  {
    sentence: 'a leaf holds [n_outputs, max_n_classes]; several outputs answer one by one',
    file: FOREST,
    text: 'means().slice(output * stride, output * stride + list.length)',
    inverted: 'means().slice(output * list.length, (output + 1) * list.length)',
    fixtures: 'classes-by-output',
  },
  {
    sentence: 'the sum of a forest starts from zeros',
    file: FOREST,
    text: 'fill(isForest ? 0 : -0)',
    inverted: 'fill(isForest ? 1 : -0)',
    fixtures: 'regressor-array|ten-classes',
  },
  {
    sentence: 'a regressor adds its trees in their order',
    file: TREES,
    text: 'else arrays.roots[this.#trees] = place;',
    inverted: 'else arrays.roots[arrays.roots.length - 1 - this.#trees] = place;',
    fixtures: 'regressor-array',
  },
  {
    sentence: 'a classifier adds the probabilities of its trees in their order',
    file: TREES,
    text: 'else arrays.roots[this.#trees] = place;',
    inverted: 'else arrays.roots[arrays.roots.length - 1 - this.#trees] = place;',
    fixtures: 'ten-classes|weighted-bool-labels',
  },
  {
    sentence: 'the reference adds tree after tree',
    file: REFERENCE,
    text: 'const std::size_t leaf = LeafOfRow(trees, tree, row);',
    inverted: 'const std::size_t leaf = LeafOfRow(trees, trees.Trees() - 1 - tree, row);',
    fixtures: 'regressor-array',
  },
  {
    sentence: 'the mean is a division by n_estimators, not a product with the reciprocal',
    file: BUILDER,
    text: '      divisors,\n      factors: null,',
    inverted: '      divisors: null,\n      factors: divisors.map((x) => 1 / x),',
    fixtures: 'regressor-array|ten-classes',
  },
  {
    sentence: 'the prediction is the first of the largest probabilities',
    file: 'src/model/kinds/answer/argmax.ts',
    text: 'values[at]! > values[best]!',
    inverted: 'values[at]! >= values[best]!',
    fixtures: 'tied-votes',
  },
  {
    sentence: 'before 1.4 a classifier’s leaf holds counts, which are divided by their sum',
    file: FOREST,
    text: '!isAtLeast(version, 1, 4)',
    inverted: '!isAtLeast(version, 0, 0)',
    fixtures: 'ten-classes|weighted-bool-labels-1.2|extra-tree-1.0',
  },
  {
    sentence: 'since 1.4 it holds fractions, which are taken as they are',
    file: FOREST,
    text: '!isAtLeast(version, 1, 4)',
    inverted: '!isAtLeast(version, 99, 0)',
    fixtures:
      'classes-by-output-1.6|weighted-bool-labels-1.5|extra-three-classes-1.[46]|bool-labels-1.[67]',
  },
  {
    sentence: 'a sum of 0 counts as 1',
    file: LEAVES,
    text: 'sum === 0 ? 1 : sum',
    inverted: 'sum',
    fixtures: 'leaf-of-nothing',
  },
  {
    sentence: 'the sum of the counts is numpy’s, in eight lanes',
    file: 'src/model/numbers/numpy-sum.ts',
    text: 'if (length < LANES) {',
    inverted: 'if (length < Infinity) {',
    fixtures: 'many-classes',
  },
];
