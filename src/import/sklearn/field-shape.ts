import { VALUES_MAX } from './builder.ts';
import type { Estimator } from './estimator.ts';

/** The columns of the table that a model was trained on: how many, and their names where it saw any. */
export interface FieldShape {
  readonly count: number;
  readonly names: readonly string[] | null;
}

/** What estimators call the number of their columns: the first since 0.24, the others before. */
const COUNT_NAMES = ['n_features_in_', 'n_features_', '_n_features'] as const;

/** `first` is what meets the table first: the model, or the first step before it. */
export function fieldShape(first: Estimator): FieldShape {
  const name = COUNT_NAMES.find((each) => first.has(each)) ?? COUNT_NAMES[0];
  const count = first.count(name, VALUES_MAX);
  if (!first.has('feature_names_in_')) return { count, names: null };
  const names = first.items('feature_names_in_', count).map((name) => {
    if (typeof name === 'string') return name;
    return first.refuse('has a column whose name is not a text');
  });
  if (new Set(names).size !== count) first.refuse('has two columns of one name');
  return { count, names };
}
