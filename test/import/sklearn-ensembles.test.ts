import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { NumpyArray } from '../../src/import/python/pickle/array.ts';
import { NumpyType } from '../../src/import/python/pickle/dtype.ts';
import { loadPickle } from '../../src/import/python/pickle/load.ts';
import { Global, PickleObject, type PickleValue } from '../../src/import/python/pickle/values.ts';
import { importSklearn } from '../../src/import/sklearn/import.ts';
import { unpack } from '../../src/import/unpack/unpack.ts';
import { refusalOf } from '../support/refusal.ts';

const FIXTURES = join('test', 'parity', 'sklearn', 'fixtures');
const BYTES_MAX = 1_000_000;

/** A model of the library's own making, to be changed before it is imported. */
function load(name: string): PickleObject {
  return loadPickle(unpack(readFileSync(join(FIXTURES, name)), BYTES_MAX)) as PickleObject;
}

type Attributes = Map<PickleValue, PickleValue>;

const stateOf = (object: PickleValue): Attributes => (object as PickleObject).state as Attributes;

/** The value in an object on a path of attributes and positions. */
function at(object: PickleValue, ...path: readonly (string | number)[]): PickleValue {
  return path.reduce<PickleValue>(
    (value, key) => (typeof key === 'number' ? itemsOf(value)[key]! : stateOf(value).get(key)!),
    object,
  );
}

function itemsOf(list: PickleValue): readonly PickleValue[] {
  return list instanceof NumpyArray ? list.objects! : (list as PickleValue[]);
}

function objectLike(other: PickleValue): PickleObject {
  const copy = new PickleObject((other as PickleObject).type, []);
  copy.state = stateOf(other);
  return copy;
}

function array(type: string, bytes: Uint8Array, shape: readonly number[]): NumpyArray {
  const made = new NumpyArray();
  made.takeOver(NumpyType.parse(type)!, shape, false, bytes);
  return made;
}

const doubles = (...numbers: readonly number[]): NumpyArray =>
  array('f8', new Uint8Array(Float64Array.from(numbers).buffer), [numbers.length]);

/** Writes a number into one field of one node, in place. */
function setNode(nodes: PickleValue, node: number, name: string, value: number): void {
  const { bytes, type } = nodes as NumpyArray;
  const own = new Uint8Array(bytes);
  const { offset, type: field } = type.fields!.get(name)!;
  const view = new DataView(own.buffer);
  const place = node * type.itemBytes + offset;
  if (field.name === 'f8') view.setFloat64(place, value, true);
  else if (field.name === 'u1') view.setUint8(place, value);
  else view.setUint32(place, value, true);
  (nodes as NumpyArray).bytes = own;
}

const firstNodes = (root: PickleObject): PickleValue => at(root, '_predictors', 0, 0, 'nodes');

const refusal = (value: PickleValue): string => refusalOf(() => importSklearn(value));

interface Case {
  readonly name: string;
  readonly file: string;
  readonly change: (root: PickleObject) => void;
  readonly sentence: string;
}

const BOOSTED: readonly Case[] = [
  {
    name: 'a loss that is not understood',
    file: 'boosting/boosted-two-classes/1.9.1.joblib',
    change: (root) => stateOf(root).set('loss', 'hinge'),
    sentence: 'The GradientBoostingClassifier has a loss that is not understood.',
  },
  {
    name: 'a learning rate that is no number',
    file: 'boosting/boosted-squared/1.9.1.joblib',
    change: (root) => stateOf(root).set('learning_rate', 'fast'),
    sentence: 'The GradientBoostingRegressor has no learning rate.',
  },
  {
    name: 'a model that was never trained',
    file: 'boosting/boosted-squared/1.9.1.joblib',
    change: (root) => stateOf(root).delete('estimators_'),
    sentence: 'has no estimators_: it was saved before it was trained.',
  },
  {
    name: 'fewer trees a stage than classes',
    file: 'boosting/boosted-three-classes/1.9.1.joblib',
    change: (root) => {
      const trees = at(root, 'estimators_') as NumpyArray;
      trees.shape = [trees.count, 1];
    },
    sentence: 'has trees in the shape 18 x 1 where 3 a stage are expected.',
  },
  {
    name: 'one tree at two places',
    file: 'boosting/boosted-squared/1.9.1.joblib',
    change: (root) => {
      const trees = at(root, 'estimators_') as NumpyArray;
      trees.objects = trees.objects!.map(() => trees.objects![0]!);
    },
    sentence: 'The GradientBoostingRegressor names one of its estimators twice.',
  },
  {
    name: 'a start for another number of classes',
    file: 'boosting/boosted-three-classes/1.9.1.joblib',
    change: (root) => stateOf(at(root, 'init_')).set('class_prior_', doubles(0.5, 0.5)),
    sentence: 'has an init that is not 3 finite numbers.',
  },
  {
    name: 'a start that calculates in float32',
    file: 'boosting/boosted-from-forest/1.9.1.joblib',
    change: (root) => {
      const linear = new PickleObject(new Global('sklearn.linear_model', 'LinearRegression'), []);
      const weights = array('f4', new Uint8Array(12), [3]);
      linear.state = new Map<PickleValue, PickleValue>([['coef_', weights]]);
      stateOf(root).set('init_', linear);
    },
    sentence:
      'The LinearRegression at GradientBoostingRegressor.init_ calculates in float32 where boosting ' +
      'starts from it: start from trees or a forest.',
  },
  {
    name: 'a classifier that starts a regression',
    file: 'boosting/boosted-from-forest/1.9.1.joblib',
    change: (root) => {
      const other = load('boosting/boosted-classes-from-tree/1.9.1.joblib');
      stateOf(root).set('init_', at(other, 'init_'));
    },
    sentence:
      'The DecisionTreeClassifier at GradientBoostingRegressor.init_ classifies where a regressor ' +
      'starts from it.',
  },
];

const HISTOGRAMS: readonly Case[] = [
  {
    name: 'a tree that runs in circles',
    file: 'histograms/hist-squared/1.9.1.joblib',
    change: (root) => {
      for (let node = 0; node < 3; node++) setNode(firstNodes(root), node, 'is_leaf', 0);
      for (let node = 0; node < 3; node++) setNode(firstNodes(root), node, 'left', 1);
    },
    sentence:
      'The TreePredictor at HistGradientBoostingRegressor._predictors[0][0] has a tree that runs in ' +
      'circles.',
  },
  {
    name: 'a child beyond the nodes',
    file: 'histograms/hist-squared/1.9.1.joblib',
    change: (root) => setNode(firstNodes(root), 0, 'right', 4_000_000_000),
    sentence: 'has a node whose child 4000000000 is none of its ',
  },
  {
    name: 'a feature that does not exist',
    file: 'histograms/hist-squared/1.9.1.joblib',
    change: (root) => setNode(firstNodes(root), 0, 'feature_idx', 3),
    sentence: 'has a node that asks for feature 3 of 3.',
  },
  {
    name: 'a threshold that is not a number',
    file: 'histograms/hist-squared/1.9.1.joblib',
    change: (root) => setNode(firstNodes(root), 0, 'num_threshold', Number.NaN),
    sentence: 'has a node whose threshold is not a number.',
  },
  {
    name: 'a set of categories that is not in the file',
    file: 'histograms/hist-codes/1.9.1.joblib',
    change: (root) => {
      const empty = array('u4', new Uint8Array(0), [0, 8]);
      stateOf(at(root, '_predictors', 0, 0)).set('raw_left_cat_bitsets', empty);
    },
    sentence: 'has a node whose set of categories is not in the file.',
  },
  {
    name: 'a set of categories of a column of numbers',
    file: 'histograms/hist-codes/1.3.2.joblib',
    change: (root) =>
      stateOf(at(root, '_bin_mapper')).set('is_categorical_', array('u1', new Uint8Array(2), [2])),
    sentence: 'The HistGradientBoostingRegressor asks for a category of a column of numbers.',
  },
  {
    name: 'a known category beyond a byte',
    file: 'histograms/hist-codes/1.3.2.joblib',
    change: (root) => {
      const thresholds = at(root, '_bin_mapper', 'bin_thresholds_') as PickleValue[];
      thresholds[1] = doubles(256);
    },
    sentence:
      'The _BinMapper at HistGradientBoostingRegressor._bin_mapper has a category 256, beyond 255.',
  },
  {
    name: 'a baseline of another length',
    file: 'histograms/hist-three-classes/1.9.1.joblib',
    change: (root) => stateOf(root).set('_baseline_prediction', doubles(1, 2)),
    sentence: 'has a baseline that is not 3 finite doubles.',
  },
  {
    name: 'one class',
    file: 'histograms/hist-three-classes/1.9.1.joblib',
    change: (root) => stateOf(root).set('classes_', doubles(7)),
    sentence:
      'The HistGradientBoostingClassifier was trained on one class and gives two probabilities for ' +
      'it: use a forest instead.',
  },
  {
    name: 'an iteration that lacks a tree',
    file: 'histograms/hist-three-classes/1.9.1.joblib',
    change: (root) => void (at(root, '_predictors', 0) as PickleValue[]).pop(),
    sentence: 'has a list for the 3 trees of an iteration.',
  },
];

const OTHERS: readonly Case[] = [
  {
    name: 'columns that do not exist',
    file: 'ensembles/bagged-regressor/1.9.1.joblib',
    change: (root) => {
      (at(root, 'estimators_features_') as PickleValue[])[2] = doubles(0, 1, 2, 7);
    },
    sentence: 'The BaggingRegressor has an estimator whose columns do not exist.',
  },
  {
    name: 'fewer lists of columns than trees',
    file: 'ensembles/bagged-regressor/1.9.1.joblib',
    change: (root) => void (at(root, 'estimators_features_') as PickleValue[]).pop(),
    sentence: 'The BaggingRegressor has columns for 6 of its 7 estimators.',
  },
  {
    name: 'an estimator inside that is not understood, at its place',
    file: 'ensembles/bagged-linear/1.9.1.joblib',
    change: (root) => {
      const list = at(root, 'estimators_') as PickleValue[];
      const stranger = new PickleObject(new Global('sklearn.neighbors', 'Neighbours'), []);
      stranger.state = new Map();
      list[1] = stranger;
    },
    sentence: 'BaggingRegressor.estimators_[1] is a sklearn.neighbors.Neighbours, which is not ',
  },
  {
    name: 'a bag of classifiers for a regression',
    file: 'ensembles/bagged-regressor/1.9.1.joblib',
    change: (root) => {
      const trees = itemsOf(at(load('ensembles/bagged-classes/1.9.1.joblib'), 'estimators_'));
      stateOf(root).set('estimators_', [...trees, objectLike(trees[0]!)]);
    },
    sentence: 'The BaggingRegressor calculates with a classifier.',
  },
  {
    name: 'a median of classifiers',
    file: 'ensembles/ada-linear/1.9.1.joblib',
    change: (root) => {
      const forests = at(load('ensembles/ada-forests/1.9.1.joblib'), 'estimators_');
      stateOf(root).set('estimators_', forests);
    },
    sentence: 'The AdaBoostRegressor calculates with a classifier.',
  },
  {
    name: 'weights that are fewer than the estimators',
    file: 'ensembles/ada-regressor/1.9.1.joblib',
    change: (root) => stateOf(root).set('estimator_weights_', doubles(1, 2)),
    sentence: 'The AdaBoostRegressor has no finite weight for each of its estimators.',
  },
  {
    name: 'an algorithm that is not understood',
    file: 'ensembles/ada-two-classes/1.3.2.joblib',
    change: (root) => stateOf(root).set('algorithm', 'SAMME.Q'),
    sentence: 'The AdaBoostClassifier has an algorithm that is not understood.',
  },
  {
    name: 'trees that know other classes',
    file: 'ensembles/ada-three-classes/1.9.1.joblib',
    change: (root) => stateOf(at(root, 'estimators_', 1)).set('classes_', doubles(4, 5, 7)),
    sentence:
      'The DecisionTreeClassifier at AdaBoostClassifier.estimators_[1] knows other classes than the ' +
      'model around it.',
  },
  {
    name: 'path lengths for another tree',
    file: 'ensembles/isolation/1.9.1.joblib',
    change: (root) => {
      (at(root, '_average_path_length_per_tree') as PickleValue[])[0] = doubles(1, 2, 3);
    },
    sentence:
      'The ExtraTreeRegressor at IsolationForest.estimators_[0] has path lengths for 3 of its ',
  },
  {
    name: 'no threshold for outliers',
    file: 'ensembles/isolation/1.9.1.joblib',
    change: (root) => stateOf(root).set('offset_', Number.NaN),
    sentence: 'The IsolationForest has no finite number for its offset_.',
  },
];

describe.each([
  ['boosted trees', BOOSTED],
  ['boosted histograms', HISTOGRAMS],
  ['bags, boosts and isolating forests', OTHERS],
])('%s are refused by class, place and reason', (_, cases) => {
  test.each(cases)('$name', ({ file, change, sentence }) => {
    const root = load(file);
    change(root);
    expect(refusal(root)).toContain(sentence);
  });
});

test('equal sets of categories are asked for once', () => {
  const { stages, ensembles } = importSklearn(load('histograms/hist-codes/1.3.2.joblib'));
  const sets = stages.filter((stage) => stage.kind === 'members');
  expect(sets).toHaveLength(1);
  const asked = new Set(ensembles[0]!.feature.filter((feature) => feature >= 2));
  expect(asked.size).toBe(sets[0]!.sets.length / 8);
});
