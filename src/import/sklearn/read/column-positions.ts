import { NumpyArray } from '../../python/pickle/array.ts';
import { itemsOf } from '../../python/pickle/elements.ts';
import { PickleObject, type PickleValue, kindOf } from '../../python/pickle/values.ts';
import { columnNames } from './column-names.ts';
import type { Estimator } from './estimator.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from './step.ts';

/**
 * Before 1.0 a ColumnTransformer kept how its columns were chosen and not where they are: a name or a
 * position, a list, a slice or a mask of them (sklearn/utils/__init__.py, _get_column_indices).
 */
export function oldPositionsOf(
  chosen: PickleValue,
  input: Block,
  step: Estimator,
  { builder }: StepContext,
): readonly number[] {
  const count = input.values.length;
  if (isSlice(chosen)) return sliceOf(chosen, count, step, () => namesOf(step));
  const list = listOf(chosen, step);
  builder.handOver(list.length);
  if (list.length > 0 && list.every((item) => typeof item === 'boolean')) {
    if (list.length !== count) step.refuse(`has a mask of ${list.length} for ${count} columns`);
    return list.flatMap((taken, at) => (taken ? [at] : []));
  }
  const places = list.some((item) => typeof item === 'string') ? namesOf(step) : new Map();
  return list.map((item) => positionOf(item, places, count, step));
}

function listOf(chosen: PickleValue, step: Estimator): readonly PickleValue[] {
  if (chosen === null) return []; // No column remains.
  if (typeof chosen === 'string' || typeof chosen === 'number') return [chosen];
  if (Array.isArray(chosen)) return chosen;
  if (chosen instanceof NumpyArray) return itemsOf(chosen);
  const names = chosen instanceof PickleObject ? columnNames(chosen) : null;
  return names ?? step.refuse(`keeps ${kindOf(chosen)} for the columns of a transformer`);
}

function positionOf(
  item: PickleValue,
  places: ReadonlyMap<PickleValue, number>,
  count: number,
  step: Estimator,
): number {
  const position = typeof item === 'number' ? item : (places.get(item) ?? count);
  const fromStart = position < 0 ? position + count : position;
  if (!Number.isInteger(fromStart) || fromStart < 0 || fromStart >= count) {
    step.refuse('takes a column that is not there');
  }
  return fromStart;
}

function namesOf(step: Estimator): ReadonlyMap<PickleValue, number> {
  const names = columnNames(step.object);
  if (names === null) {
    step.refuse(
      'chooses columns by name and does not keep the names: save it with a newer version',
    );
  }
  return new Map(names.map((name, at) => [name, at]));
}

function isSlice(value: PickleValue): value is PickleObject {
  return value instanceof PickleObject && value.type.path === 'builtins.slice';
}

/** As Python slices: the end of a slice of names is included, of positions it is not. */
function sliceOf(
  { args }: PickleObject,
  count: number,
  step: Estimator,
  names: () => ReadonlyMap<PickleValue, number>,
): readonly number[] {
  const [start = null, stop = null, stride = null] = args;
  const byName = typeof start === 'string' || typeof stop === 'string';
  if (stride !== null && (stride !== 1 || byName)) {
    step.refuse('takes every few columns of a slice, which is not understood');
  }
  const places = byName ? names() : new Map<PickleValue, number>();
  const bound = (value: PickleValue, otherwise: number, past: number): number => {
    if (value === null) return otherwise;
    if (typeof value === 'string') return positionOf(value, places, count, step) + past;
    if (typeof value !== 'number' || byName)
      return step.refuse('has a slice of columns that mixes names and positions');
    return Math.min(Math.max(value < 0 ? value + count : value, 0), count);
  };
  const [from, to] = [bound(start, 0, 0), bound(stop, count, 1)];
  return Array.from({ length: Math.max(to - from, 0) }, (_, at) => from + at);
}
