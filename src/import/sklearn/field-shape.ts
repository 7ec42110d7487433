import { NumpyArray } from '../pickle/array.ts';
import { PickleObject, type PickleValue } from '../pickle/values.ts';
import { VALUES_MAX } from './builder.ts';
import { Estimator } from './estimator.ts';
import { flatSteps } from './pipeline.ts';

/** The columns of the table that a model was trained on: how many, and their names where it saw any. */
export interface FieldShape {
  readonly count: number;
  readonly names: readonly string[] | null;
}

/** What estimators call the number of their columns: the first since 0.24, the others before. */
const COUNT_NAMES = ['n_features_in_', 'n_features_', '_n_features'] as const;

/** Arrays with an entry for each column, in the last dimension: before 0.24 some estimators have no more. */
const ARRAY_NAMES = ['coef_', 'scale_', 'var_', 'statistics_'] as const;

/** Where an estimator made of others keeps those that meet its columns. */
const INNER_NAMES = [
  'estimators_',
  'calibrated_classifiers_',
  'estimator_',
  'regressor_',
  'best_estimator_',
  'estimator',
  'base_estimator',
] as const;

/** Estimators inside of estimators; people nest two or three. */
const DEPTH_MAX = 32;

/** `first` is what meets the table first: the model, or the first step before it. */
export function fieldShape(first: Estimator): FieldShape {
  let [count, named]: [number | null, Estimator | null] = [null, null];
  let inner: Estimator | null = first;
  for (let depth = 0; depth < DEPTH_MAX && inner !== null && count === null; depth++) {
    count = countOf(inner);
    if (named === null && inner.has('feature_names_in_')) named = inner;
    inner = innerOf(inner);
  }
  // Refuses in the words of the attribute that is missing.
  count ??= first.count(COUNT_NAMES[0], VALUES_MAX);
  return { count, names: named === null ? null : namesOf(named, count) };
}

function namesOf(estimator: Estimator, count: number): readonly string[] {
  const names = estimator.items('feature_names_in_', count).map((name) => {
    if (typeof name === 'string') return name;
    return estimator.refuse('has a column whose name is not a text');
  });
  if (new Set(names).size !== count) estimator.refuse('has two columns of one name');
  return names;
}

function countOf(estimator: Estimator): number | null {
  const name = COUNT_NAMES.find((each) => estimator.has(each));
  if (name !== undefined) return estimator.count(name, VALUES_MAX);
  for (const each of ARRAY_NAMES) {
    const array = estimator.get(each);
    if (array instanceof NumpyArray) return array.shape.at(-1) ?? null;
  }
  return null;
}

/** The first estimator inside that gets all of the columns. */
function innerOf(estimator: Estimator): Estimator | null {
  for (const name of INNER_NAMES) {
    const value = estimator.get(name);
    const first: PickleValue | undefined = Array.isArray(value) ? value[0] : value;
    if (!(first instanceof PickleObject)) continue;
    const [step] = flatSteps({ value: first, place: `${estimator.place}.${name}` });
    if (step?.value instanceof PickleObject) return new Estimator(step.value, step.place);
  }
  return null;
}
