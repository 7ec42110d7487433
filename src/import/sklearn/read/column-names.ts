import { NumpyArray } from '../../python/pickle/array.ts';
import { itemsOf } from '../../python/pickle/elements.ts';
import { PickleObject, type PickleValue } from '../../python/pickle/values.ts';

/** Where estimators keep the names of the columns that they saw: the first since 1.0. */
const NAMES = ['feature_names_in_', '_feature_names_in', '_df_columns'] as const;

/** The names of a table's columns: of a pandas index, or of an estimator that keeps them; null: none. */
export function columnNames(object: PickleObject): readonly string[] | null {
  if (/^pandas\..*_new_Index$/.test(object.type.path)) return indexNames(object);
  if (!(object.state instanceof Map)) return null;
  for (const name of NAMES) {
    const kept = object.state.get(name);
    const names = kept instanceof PickleObject ? indexNames(kept) : textsOf(kept ?? null);
    if (names !== null) return names;
  }
  return null;
}

/** pandas writes an index as a call with its class and a dictionary of its parts. */
function indexNames({ args }: PickleObject): readonly string[] | null {
  const [, parts] = args;
  return parts instanceof Map ? textsOf(parts.get('data') ?? null) : null;
}

function textsOf(value: PickleValue): readonly string[] | null {
  if (!(value instanceof NumpyArray) || value.shape.length !== 1) return null;
  const items = itemsOf(value);
  return items.every((item) => typeof item === 'string') ? items : null;
}
