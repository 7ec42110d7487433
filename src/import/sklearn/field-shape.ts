import { NumpyArray } from '../python/pickle/array.ts';
import { VALUES_MAX } from '../build/pipeline-builder.ts';
import { columnNames } from './read/column-names.ts';
import { Estimator } from './read/estimator.ts';
import { mappedColumns } from './mapped-columns.ts';
import { PickleObject } from '../python/pickle/values.ts';
import { type PipelineStep, flatSteps } from './pipeline.ts';

/** The columns of the table that a model was trained on: how many, and their names where it saw any. */
export interface FieldShape {
  readonly count: number;
  readonly names: readonly string[] | null;
}

/** Attributes with the number of columns: the first since 0.24, the others before. */
const COUNT_NAMES = ['n_features_in_', 'n_features_', '_n_features', 'n_input_features_'] as const;

/** Fitted attributes with an entry for each column, which tell the number before 0.24. */
const LIST_NAMES = [
  'categories_',
  'statistics_',
  'scale_',
  'mean_',
  'center_',
  'lambdas_',
  'bin_edges_',
  'variances_',
  'scores_',
  'support_',
] as const;

/** The same with rows of an entry for each column. */
const TABLE_NAMES = ['quantiles_', 'components_', 'coef_'] as const;

/** Where estimators made of estimators keep those that they trained: what meets the one meets them. */
const INNER_NAMES = [
  'estimators_',
  'estimator_',
  'regressor_',
  'best_estimator_',
  'calibrated_classifiers_',
  'base_estimator',
  'estimator',
] as const;
/** Estimators inside of estimators that are asked; people nest two or three. */
const INNER_DEPTH_MAX = 8;

/** Steps that keep their columns apart, and before 0.24 nothing of them. */
const FORGETFUL = /^(Binarizer|FunctionTransformer|Normalizer)$/;

/** `steps` in order, the model last: the first one that knows says what meets all of them. */
export function fieldShape(steps: readonly PipelineStep[]): FieldShape {
  const mapped = mappedColumns(steps[0]!);
  if (mapped !== null) return { count: mapped.length, names: mapped };
  const first = new Estimator(steps[0]!.value, steps[0]!.place);
  const count = firstCount(steps, 0) ?? first.count('n_features_in_', VALUES_MAX);
  return { count, names: firstNames(first, count) };
}

function firstCount(steps: readonly PipelineStep[], depth: number): number | null {
  for (const { value, place } of steps) {
    const step = new Estimator(value, place);
    const count = countOf(step, depth);
    if (count !== null || !FORGETFUL.test(step.className)) return count;
  }
  return null;
}

function countOf(step: Estimator, depth: number): number | null {
  const name = COUNT_NAMES.find((each) => step.has(each));
  if (name !== undefined) return step.count(name, VALUES_MAX);
  for (const each of LIST_NAMES) {
    const list = step.get(each);
    if (Array.isArray(list)) return list.length;
    if (list instanceof NumpyArray && list.shape.length === 1) return list.count;
  }
  for (const each of TABLE_NAMES) {
    const table = step.get(each);
    if (table instanceof NumpyArray) return table.shape.at(-1) ?? null;
  }
  return depth < INNER_DEPTH_MAX ? innerCount(step, depth + 1) : null;
}

/** The number that the first estimator inside of it has. */
function innerCount(outer: Estimator, depth: number): number | null {
  for (const inner of innerOf(outer)) {
    const count = firstCount(flatSteps(inner), depth);
    if (count !== null) return count;
  }
  return null;
}

/** The estimators inside of it that meet the columns that it meets: every part of a union does. */
function innerOf(outer: Estimator): PipelineStep[] {
  if (outer.className === 'FeatureUnion') {
    return outer.list('transformer_list').flatMap((part, at) => {
      const value = Array.isArray(part) ? part[1] : null;
      const place = `${outer.place}.transformer_list[${at}]`;
      return value instanceof PickleObject ? [{ value, place }] : [];
    });
  }
  return INNER_NAMES.flatMap((name) => {
    const value = outer.get(name);
    const list = value instanceof NumpyArray ? value.objects : value;
    const inner = Array.isArray(list) ? list[0] : list;
    return inner instanceof PickleObject ? [{ value: inner, place: `${outer.place}.${name}` }] : [];
  });
}

/** The names that it keeps; a union keeps none and hands the table to parts that do. */
function firstNames(first: Estimator, count: number): readonly string[] | null {
  const names = namesOf(first, count);
  if (names !== null || first.className !== 'FeatureUnion') return names;
  for (const part of innerOf(first)) {
    const [step] = flatSteps(part);
    if (step === undefined) continue;
    const kept = namesOf(new Estimator(step.value, step.place), count);
    if (kept !== null) return kept;
  }
  return null;
}

function namesOf(first: Estimator, count: number): readonly string[] | null {
  if (!first.has('feature_names_in_')) {
    const names = columnNames(first.object);
    return names?.length === count && new Set(names).size === count ? names : null;
  }
  const names = first.items('feature_names_in_', count).map((name) => {
    if (typeof name === 'string') return name;
    return first.refuse('has a column whose name is not a text');
  });
  if (new Set(names).size !== count) first.refuse('has two columns of one name');
  return names;
}
