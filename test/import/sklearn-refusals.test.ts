import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NumpyArray } from '../../src/import/python/pickle/array.ts';
import { loadPickle } from '../../src/import/python/pickle/load.ts';
import type { PickledModels } from '../../src/import/python/pickled-models.ts';
import { Global, PickleObject, type PickleValue } from '../../src/import/python/pickle/values.ts';
import type { ImportedModel } from '../../src/import/build/imported-model.ts';
import { importSklearn } from '../../src/import/sklearn/import.ts';
import { PROTO, global, stream, text } from './assemble.ts';
import { refusalOf } from '../support/refusal.ts';

const FIXTURES = join('test', 'parity', 'sklearn', 'fixtures');

/** A pipeline of the library's own making, to be changed before it is imported. */
const pipeline = (): PickleObject => load('pipelines/columns-by-position/1.3.2.pkl');
const mixed = (): PickleObject => load('pipelines/mixed-categories/1.7.2.pkl');

function load(name: string): PickleObject {
  return loadPickle(readFileSync(join(FIXTURES, name))) as PickleObject;
}

const attributes = (object: PickleValue): Map<PickleValue, PickleValue> =>
  (object as PickleObject).state as Map<PickleValue, PickleValue>;

function pathIn(object: PickleValue, ...path: readonly (string | number)[]): PickleValue {
  return path.reduce<PickleValue>(
    (value, key) =>
      typeof key === 'number' ? (value as PickleValue[])[key]! : attributes(value).get(key)!,
    object,
  );
}

const refusal = (value: PickleValue): string => refusalOf(() => importSklearn(value));

describe('a refusal names the class, its place and the reason', () => {
  type Change = (root: PickleObject) => void;
  const ofPipeline: readonly (readonly [string, Change, string])[] = [
    [
      'a step that is not understood',
      (root) => {
        const scaler = new PickleObject(new Global('sklearn.kernel_approximation', 'Nystroem'), []);
        scaler.state = new Map();
        (pathIn(root, 'steps', 1) as PickleValue[])[1] = scaler;
      },
      'Pipeline.steps[1] is a sklearn.kernel_approximation.Nystroem, which is not understood: the ' +
        'steps that are understood are ',
    ],
    [
      'a transformer inside of a ColumnTransformer',
      (root) => {
        const inner = pathIn(root, 'steps', 0, 1, 'transformers_', 0) as PickleValue[];
        inner[1] = new PickleObject(new Global('category_encoders', 'TargetEncoder'), []);
        inner[1].state = new Map();
      },
      'Pipeline.steps[0].transformers[0] is a category_encoders.TargetEncoder, which is not ' +
        'understood: the steps that are understood are ',
    ],
    [
      'a model that is not understood',
      (root) => {
        const model = new PickleObject(new Global('sklearn.svm._classes', 'SVR'), []);
        (pathIn(root, 'steps', 2) as PickleValue[])[1] = model;
      },
      'Pipeline.steps[2] is a sklearn.svm._classes.SVR, which is not a model that is understood: the ' +
        'models that are understood are trees, forests, boosted and bagged trees, linear models, and ' +
        'what combines them (docs/formats.md names every class).',
    ],
    [
      'weights of transformers',
      (root) =>
        attributes(pathIn(root, 'steps', 0, 1)).set('transformer_weights', new Map([['one', 'x']])),
      'The ColumnTransformer at Pipeline.steps[0] has a transformer_weights that holds what is no number.',
    ],
    [
      'no version',
      (root) => attributes(pathIn(root, 'steps', 2, 1)).delete('_sklearn_version'),
      'The RandomForestRegressor at Pipeline.steps[2] does not say which version of scikit-learn ' +
        'wrote it, so its numbers are not sure.',
    ],
    [
      'a model that was never trained',
      (root) => attributes(pathIn(root, 'steps', 2, 1)).delete('estimators_'),
      'The RandomForestRegressor at Pipeline.steps[2] has no estimators_: it was saved untrained, or ' +
        'by too old a version.',
    ],
    [
      'a column that is not there',
      (root) => {
        const columns = pathIn(root, 'steps', 0, 1, '_transformer_to_input_indices');
        ((columns as Map<PickleValue, PickleValue>).get('one') as PickleValue[])[0] = 7;
      },
      'The ColumnTransformer at Pipeline.steps[0] takes a column that is not there.',
    ],
    [
      'a model of another width',
      (root) => {
        const trees = pathIn(root, 'steps', 2, 1);
        attributes(trees).set('n_features_in_', 9);
      },
      'The RandomForestRegressor at Pipeline.steps[2] was trained on another number of columns than ' +
        'the 6 it gets.',
    ],
    [
      'a pipeline that contains itself',
      (root) => (pathIn(root, 'steps') as PickleValue[]).splice(1, 0, ['again', root]),
      'The pipeline has more than 10000 steps, or contains itself.',
    ],
    [
      'a ColumnTransformer that contains itself',
      (root) => {
        const columns = pathIn(root, 'steps', 0, 1);
        const inputs = pathIn(columns, '_transformer_to_input_indices') as Map<
          PickleValue,
          PickleValue
        >;
        const entry = pathIn(columns, 'transformers_', 0) as PickleValue[];
        inputs.set(entry[0]!, [0, 1, 2, 3, 4, 5, 6]);
        entry[1] = columns;
      },
      `The pipeline has too many steps inside of steps at Pipeline.steps[0]${'.transformers[0]'.repeat(31)}`,
    ],
    [
      'one tree that stands for many',
      (root) => {
        const trees = pathIn(root, 'steps', 2, 1, 'estimators_') as PickleValue[];
        trees.push(trees[0]!);
      },
      'The RandomForestRegressor at Pipeline.steps[2] names one of its estimators twice.',
    ],
  ];
  test.each(ofPipeline)('%s', (_, change, sentence) => {
    const root = pipeline();
    change(root);
    expect(refusal(root)).toContain(sentence);
  });

  const ofEncoder: readonly (readonly [string, PickleValue, string])[] = [
    ['drop', 'first', 'does not say which categories it drops (drop)'],
    ['min_frequency', 5, 'does not say which categories are rare (min_frequency, max_categories)'],
    ['max_categories', 5, 'does not say which categories are rare (min_frequency, max_categories)'],
    [
      'handle_unknown',
      'guess',
      'has a handle_unknown that is not understood: it may be error, ignore, infrequent_if_exist, warn',
    ],
    ['dtype', 'float16', 'answers in a dtype that is not understood: use numpy.float64'],
  ];
  test.each(ofEncoder)('an encoder with %s', (parameter, value, reason) => {
    const root = mixed();
    attributes(pathIn(root, 'steps', 0, 1, 'transformers_', 0, 1)).set(parameter, value);
    expect(refusal(root)).toBe(`The OneHotEncoder at Pipeline.steps[0].transformers[0] ${reason}.`);
  });

  test('a boosted model of 1.4 to 1.6, whose losses have a module of one bare name', () => {
    const file = stream(
      PROTO,
      global('sklearn.ensemble._gb', 'GradientBoostingRegressor'),
      ')',
      0x81,
      '}',
      text('_loss'),
      global('_loss', '__pyx_unpickle_CyHalfSquaredError'),
      'sb.',
    );
    expect(refusal(loadPickle(file))).toMatch(/GradientBoostingRegressor/);
  });

  test('a search is answered with what to save instead', () => {
    const search = new PickleObject(
      new Global('sklearn.model_selection._search', 'GridSearchCV'),
      [],
    );
    expect(refusal(search)).toMatch(
      /^The GridSearchCV has no best_estimator_: .*save the model itself\.$/,
    );
  });
});

describe('trees are checked before anything trusts them', () => {
  const NODE_BYTES = 64;
  /** Changes one 64-bit field of one node of the first tree; fields stand in the order of the struct. */
  function withField(node: number, field: number, value: bigint): string {
    const root = pipeline();
    const tree = pathIn(root, 'steps', 2, 1, 'estimators_', 0, 'tree_');
    const nodes = pathIn(tree, 'nodes') as NumpyArray;
    const bytes = Buffer.from(nodes.bytes);
    bytes.writeBigInt64LE(value, node * NODE_BYTES + field * 8);
    nodes.bytes = bytes;
    return refusal(root);
  }

  test.each([
    ['a child beyond the tree', 0, 0, 9999n, /child 9999 is none of its \d+ nodes/],
    ['a child beyond 32 bits', 0, 0, 2n ** 33n + 1n, /child 8589934593 is none of its/],
    ['the root as a child', 0, 1, 0n, /child 0 is none of its/],
    [
      'a child that is a grandchild already',
      0,
      1,
      2n,
      /of which \d+ can be reached|runs in circles/,
    ],
    ['a feature that is not there', 0, 2, 99n, /asks for feature 99 of 6/],
    ['a negative feature', 0, 2, -2n, /asks for feature -2 of 6/],
    ['a threshold that is not a number', 0, 3, 0x7ff8n << 48n, /threshold is not a number/],
    ['a root that is a leaf of a large tree', 0, 0, -1n, /of which 1 can be reached/],
  ])('%s', (_, node, field, value, sentence) => {
    expect(withField(node, field, value)).toMatch(sentence);
  });

  test('a forest that names one tree again and again is refused before anything is made of it', () => {
    const root = pipeline();
    const forest = attributes(pathIn(root, 'steps', 2, 1));
    // Nothing of it can be read; had an estimator been made of it, that would be the reason.
    forest.set('estimators_', [7, 7]);
    expect(refusal(root)).toBe(
      'The RandomForestRegressor at Pipeline.steps[2] names one of its estimators twice.',
    );
  });

  test('a leaf that is not a number', () => {
    const root = pipeline();
    const values = pathIn(root, 'steps', 2, 1, 'estimators_', 0, 'tree_', 'values') as NumpyArray;
    const bytes = Buffer.from(values.bytes);
    for (let at = 0; at < bytes.length; at += 8) bytes.writeDoubleLE(Number.NaN, at);
    values.bytes = bytes;
    expect(refusal(root)).toMatch(/a leaf whose value is no finite number/);
  });

  test('a tree in any order of nodes comes out with parents first and every node once', () => {
    const imported = importSklearn(load('trees/best-first/1.9.1.pkl'));
    const [{ left, right, roots }] = imported.ensembles as [ImportedModel['ensembles'][number]];
    const children = [...left, ...right];
    left.forEach((child, parent) => expect(child < 0 || child > parent).toBe(true));
    right.forEach((child, parent) => expect(child < 0 || child > parent).toBe(true));
    expect(new Set([...children, ...roots]).size).toBe(children.length + roots.length);
  });
});

describe("another library's model at the end of a Pipeline", () => {
  /** The calls of the last step's own library. */
  const asked: { place: string; columns: number }[] = [];
  const halves: PickledModels = {
    module: 'halves',
    importModel: (_, place, { values }, builder) => {
      asked.push({ place, columns: values.length });
      const predict = (): readonly number[] => builder.divide(values.slice(0, 1), 2, place);
      return { labels: null, predict, probabilities: null, scores: {} };
    },
  };
  const root = pipeline();
  (pathIn(root, 'steps', 2) as PickleValue[])[1] = new PickleObject(
    new Global('halves.models', 'HalfRegressor'),
    [],
  );

  test('is imported by its own room, behind the steps of scikit-learn', () => {
    const { stages, sourceVersion, sourceKind } = importSklearn(root, { others: [halves] });
    expect(asked).toEqual([{ place: 'Pipeline.steps[2]', columns: 6 }]);
    expect(stages.at(-1)).toMatchObject({ kind: 'scale', divisors: Float64Array.of(2) });
    expect([sourceVersion, sourceKind]).toEqual([
      '1.3.2',
      'Pipeline(ColumnTransformer, passthrough, HalfRegressor)',
    ]);
  });

  test('is refused where no room knows the library', () => {
    expect(refusal(root)).toContain('Pipeline.steps[2] is a halves.models.HalfRegressor, which is');
  });
});
