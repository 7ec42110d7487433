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

function load(name: string): PickleObject {
  return loadPickle(unpack(readFileSync(join(FIXTURES, name)), BYTES_MAX)) as PickleObject;
}

type Attributes = Map<PickleValue, PickleValue>;

/** The value in an object on a path of attributes and positions. */
function at(object: PickleValue, ...path: readonly (string | number)[]): PickleValue {
  return path.reduce<PickleValue>(
    (value, key) =>
      typeof key === 'number' ? (value as PickleValue[])[key]! : stateOf(value).get(key)!,
    object,
  );
}

const stateOf = (object: PickleValue): Attributes => (object as PickleObject).state as Attributes;

function array(
  numbers: readonly number[],
  shape: readonly number[] = [numbers.length],
): NumpyArray {
  const made = new NumpyArray();
  const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
  made.takeOver(NumpyType.parse('f8')!, shape, false, bytes);
  return made;
}

function objectOf(module: string, name: string): PickleObject {
  const object = new PickleObject(new Global(module, name), []);
  object.state = new Map();
  return object;
}

const refusal = (value: PickleValue): string => refusalOf(() => importSklearn(value));

interface Case {
  readonly name: string;
  readonly file: string;
  readonly change: (root: PickleObject) => void;
  readonly sentence: string | RegExp;
}

const set =
  (...path: readonly (string | number | PickleValue)[]) =>
  (root: PickleObject): void => {
    const [value, key] = [path.at(-1) as PickleValue, path.at(-2) as string];
    stateOf(at(root, ...(path.slice(0, -2) as (string | number)[]))).set(key, value);
  };

const LINEAR: readonly Case[] = [
  {
    name: 'sparse weights',
    file: 'linear/logistic-three/1.5.1.joblib',
    change: set('steps', 1, 1, 'coef_', objectOf('scipy.sparse._csr', 'csr_matrix')),
    sentence:
      'The LogisticRegression at Pipeline.steps[1] has a scipy.sparse._csr.csr_matrix for its coef_: ' +
      'call its densify() and save it again.',
  },
  {
    name: 'weights for other columns',
    file: 'linear/logistic-three/1.5.1.joblib',
    change: set('steps', 1, 1, 'coef_', array([1, 2, 3, 4, 5, 6], [3, 2])),
    sentence: 'has weights in the shape 3 x 2 for 3 columns.',
  },
  {
    name: 'fewer sums than classes',
    file: 'linear/logistic-three/1.5.1.joblib',
    change: set('steps', 1, 1, 'coef_', array([1, 2, 3, 4, 5, 6], [2, 3])),
    sentence: 'for the intercepts of its 2 sums.',
  },
  {
    name: 'infinite weights',
    file: 'linear/linear-regression/1.5.1.joblib',
    change: set('steps', 1, 1, 'coef_', array([1, Infinity, 3])),
    sentence: 'has weights that are not finite.',
  },
  {
    name: 'a rule for several classes that nobody knows',
    file: 'linear/logistic-three/1.5.1.joblib',
    change: set('steps', 1, 1, 'multi_class', 'sometimes'),
    sentence: 'has a multi_class that is not understood.',
  },
  {
    name: 'a rule that was removed, in a file of before its removal',
    file: 'linear/logistic-three/1.5.1.joblib',
    change: (root) => stateOf(at(root, 'steps', 1, 1)).delete('multi_class'),
    sentence: 'has a multi_class that is not understood.',
  },
  {
    name: 'several labels at once',
    file: 'linear/ridge-classifier/1.2.2.joblib',
    change: set('steps', 1, 1, '_label_binarizer', 'y_type_', 'multilabel-indicator'),
    sentence: 'answers several labels at once: train one model for each label instead.',
  },
  {
    name: 'an answer by chance',
    file: 'linear/dummy-prior/1.9.1.joblib',
    change: set('steps', 1, 1, '_strategy', 'stratified'),
    sentence: 'answers by chance, which no two calls repeat: choose the strategy "prior".',
  },
];

const COMBINED: readonly Case[] = [
  {
    name: 'weights that add up to nothing',
    file: 'voting/voting-soft-weights/1.9.1.joblib',
    change: set('weights', [1, -0.5, 0, -0.5]),
    sentence: 'The VotingClassifier has weights whose sum is 0.',
  },
  {
    name: 'a weight too few',
    file: 'voting/voting-soft-weights/1.9.1.joblib',
    change: set('weights', [1, 1]),
    sentence: 'The VotingClassifier has 2 weights where 4 are expected.',
  },
  {
    name: 'a vote that is neither hard nor soft',
    file: 'voting/voting-hard/1.9.1.joblib',
    change: set('voting', 'loud'),
    sentence: 'The VotingClassifier votes neither hard nor soft.',
  },
  {
    name: 'a voter that is not understood',
    file: 'voting/voting-hard/1.9.1.joblib',
    change: (root) => {
      (at(root, 'estimators_') as PickleValue[])[1] = objectOf('sklearn.svm._classes', 'NuSVC');
    },
    sentence:
      'VotingClassifier.estimators_[1] is a sklearn.svm._classes.NuSVC, which is not a model',
  },
  {
    name: 'an answer that an estimator does not know',
    file: 'voting/stacking-forests/1.9.1.joblib',
    change: set('stack_method_', ['decision_function', 'predict_proba']),
    sentence: 'The StackingClassifier stacks an answer that its estimator does not know.',
  },
  {
    name: 'a stack that was never trained',
    file: 'voting/stacking-forests/1.9.1.joblib',
    change: set('final_estimator_', null),
    sentence: 'StackingClassifier.final_estimator_ is None, not a model.',
  },
  {
    name: 'a vote that votes for itself',
    file: 'voting/voting-regressor/1.9.1.joblib',
    change: (root) => {
      (at(root, 'estimators_') as PickleValue[])[1] = root;
    },
    sentence:
      /^The pipeline has too many steps inside of steps at VotingRegressor(\.estimators_\[.\])+\.$/,
  },
  {
    name: 'a calibration beyond its points',
    file: 'calibration/calibrated-isotonic/1.9.1.joblib',
    change: set('calibrated_classifiers_', 0, 'calibrators', 0, 'out_of_bounds', 'nan'),
    sentence:
      'The IsotonicRegression at CalibratedClassifierCV.calibrated_classifiers_[0].calibrators[0] does ' +
      'not clip what lies beyond its points.',
  },
  {
    name: 'a calibration along points in any order',
    file: 'calibration/calibrated-isotonic/1.9.1.joblib',
    change: (root) => {
      const place = ['calibrated_classifiers_', 0, 'calibrators', 0] as const;
      set(...place, 'X_thresholds_', array([2, 1]))(root);
      set(...place, 'y_thresholds_', array([0, 1]))(root);
    },
    sentence: 'has points that are not finite or not in ascending order.',
  },
  {
    name: 'a calibration of another kind',
    file: 'calibration/calibrated-sigmoid/1.9.1.joblib',
    change: (root) => {
      const list = at(root, 'calibrated_classifiers_', 0, 'calibrators') as PickleValue[];
      list[0] = objectOf('sklearn.calibration', '_VennAbers');
    },
    sentence: 'is no calibrator that is understood: use "sigmoid" or "isotonic".',
  },
  {
    name: 'a target through a function that is not understood',
    file: 'targets/target-log/1.9.1.joblib',
    change: set('transformer_', 'inverse_func', new Global('numpy', 'cos')),
    sentence:
      'The FunctionTransformer at TransformedTargetRegressor.transformer_ has numpy.cos for its ' +
      "inverse_func: what is understood is numpy's absolute, ",
  },
  {
    name: 'a target through a transformer that is not understood backwards',
    file: 'targets/target-standard/1.9.1.joblib',
    change: set('transformer_', objectOf('sklearn.preprocessing._data', 'Binarizer')),
    sentence:
      'The Binarizer at TransformedTargetRegressor.transformer_ is not understood backwards',
  },
  {
    name: 'a chain that answers one output twice',
    file: 'outputs/chain-regressors/1.9.1.joblib',
    change: set('order_', [0, 0, 1]),
    sentence: 'The RegressorChain has an order_ that does not name each of its outputs once.',
  },
  {
    name: 'several labels at once, one against the rest',
    file: 'outputs/rest-logistic/1.9.1.joblib',
    change: set('label_binarizer_', 'y_type_', 'multilabel-indicator'),
    sentence:
      'The OneVsRestClassifier answers several labels at once: use a MultiOutputClassifier.',
  },
  {
    name: 'distances between rows',
    file: 'outputs/one-on-one-svc/1.9.1.joblib',
    change: set('pairwise_indices_', []),
    sentence: 'was trained on distances between rows (pairwise), which no row alone knows.',
  },
  {
    name: 'a threshold for a class that does not exist',
    file: 'calibration/threshold-fixed/1.9.1.joblib',
    change: set('pos_label', 'perhaps'),
    sentence: 'The FixedThresholdClassifier has a pos_label that is none of its classes.',
  },
  {
    name: 'a threshold tuned by a measure that is not understood',
    file: 'calibration/threshold-tuned/1.9.1.joblib',
    change: set('_curve_scorer', '_score_func', new Global('sklearn.metrics', 'top_score')),
    sentence:
      'The TunedThresholdClassifierCV was tuned by top_score, whose class is not known: use a ' +
      'FixedThresholdClassifier.',
  },
  {
    name: 'a search without a result',
    file: 'targets/search-inside/1.9.1.joblib',
    change: (root) => {
      const voters = at(root, 'estimators_') as PickleValue[];
      voters.reverse();
      stateOf(voters[2]!).delete('best_estimator_');
    },
    sentence:
      'The GridSearchCV at VotingRegressor.estimators_[2] has no best_estimator_: search with ' +
      'refit=True, or save the estimator itself.',
  },
];

describe.each([
  ['linear and constant models', LINEAR],
  ['estimators made of estimators', COMBINED],
])('%s are refused by class, place and reason', (_, cases) => {
  test.each(cases)('$name', ({ file, change, sentence }) => {
    const root = load(file);
    change(root);
    const said = refusal(root);
    if (sentence instanceof RegExp) expect(said).toMatch(sentence);
    else expect(said).toContain(sentence);
  });
});

describe('a model that stands at several places', () => {
  test('is imported once where it gets the same columns', () => {
    const root = load('voting/voting-regressor/1.9.1.joblib');
    const voters = at(root, 'estimators_') as PickleValue[];
    voters.fill(voters[0]!);
    expect(importSklearn(root).ensembles).toHaveLength(1);
  });

  test('is refused where it gets other columns', () => {
    const root = load('voting/stacking-regressor-passthrough/1.9.1.joblib');
    const forest = at(root, 'estimators_', 0);
    stateOf(forest).delete('n_features_in_');
    stateOf(root).set('final_estimator_', forest);
    expect(refusal(root)).toBe(
      'StackingRegressor.final_estimator_ is a model that also stands at another place, where it ' +
        'gets other columns.',
    );
  });
});

test('a model is found by its class where nothing in the name of the class says model', () => {
  const chain = load('outputs/chain-regressors/1.9.1.joblib');
  const found = importSklearn(new Map<PickleValue, PickleValue>([['best', chain]]));
  expect(found.sourceKind).toBe('RegressorChain at ["best"]');
});

describe('one model that stands for thousands', () => {
  test('is refused for their number', () => {
    const root = load('voting/voting-soft/1.9.1.joblib');
    const [voter] = at(root, 'estimators_') as PickleValue[];
    stateOf(root).set(
      'estimators_',
      Array.from({ length: 20_000 }, () => voter!),
    );
    expect(refusal(root)).toMatch(/^The pipeline has too many steps inside of steps at /);
  });

  test('is refused for their answers before these are laid out', () => {
    const classes = 3000;
    const dummy = objectOf('sklearn.dummy', 'DummyClassifier');
    const labels = array(Array.from({ length: classes }, (_, label) => label));
    for (const [name, value] of [
      ['n_features_in_', 3],
      ['n_outputs_', 1],
      ['_strategy', 'prior'],
      ['classes_', labels],
      ['class_prior_', array(Array.from({ length: classes }, () => 1 / classes))],
    ] as const) {
      stateOf(dummy).set(name, value);
    }
    const root = load('voting/voting-soft/1.9.1.joblib');
    stateOf(root).set('classes_', labels);
    stateOf(root).set(
      'estimators_',
      Array.from({ length: 8000 }, () => dummy),
    );
    expect(refusal(root)).toMatch(/^The pipeline hands over more than \d+ columns and categories/);
  });
});
