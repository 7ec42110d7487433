import type { Category } from '../../../schema/fields.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { itemsOf } from '../../python/pickle/elements.ts';
import {
  type KnownCategory,
  importCategories,
  metCategories,
  placesAfterGrouping,
  rejectUnknown,
} from './categories.ts';
import type { Estimator } from '../read/estimator.ts';
import { numberTypeOf, wordOf } from '../read/parameters.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/** Columns whose 1 does not stand for a single category, gathered for one stage. */
interface SharedColumns {
  readonly inputs: number[];
  readonly categories: (Category | null)[][];
  readonly numbers: number[];
  readonly others: number[];
}

/** The output columns of a column's categories. */
interface ColumnPlan {
  readonly known: readonly KnownCategory[];
  /** For each category the place of its output column. */
  readonly places: readonly number[];
  readonly count: number;
  /** The output column that rare categories share, or -1. */
  readonly shared: number;
  /** True where unknown values belong to the shared column. */
  readonly takesUnknown: boolean;
  /** The output column that is left out, or -1. */
  readonly dropped: number;
}

/** OneHotEncoder: a column of 0 and 1 for each category, or group of rare ones, that training saw. */
export function importOneHot(step: Estimator, input: Block, context: StepContext): Block {
  const { builder } = context;
  if (step.flag('_legacy_mode', false)) {
    step.refuse('encodes as versions before 0.20 did: fit it with categories="auto"');
  }
  const handling = wordOf(step, 'handle_unknown', [
    'error',
    'ignore',
    'infrequent_if_exist',
    'warn',
  ]);
  // Until 1.7 `warn` grouped unknown values with rare ones in its name only.
  const warns = handling === 'warn' && isAtLeast(context.version, 1, 8);
  const joins = handling === 'infrequent_if_exist' || warns;
  const lists = importCategories(step, input, context).map(({ known }) => known);
  const plain = input.values.every((value) => builder.isSent(value));
  if (handling === 'error' && !plain) rejectUnknown(step, input, lists, context);
  const single = builder.oneHot(
    input.values,
    lists.map(metCategories),
    handling === 'error' && plain ? 'reject' : 'zeros',
    step.place,
  );
  const dropped = droppedOf(step, lists.length);
  const columns: (number | null)[] = [];
  const shared: SharedColumns = { inputs: [], categories: [], numbers: [], others: [] };
  let first = 0;
  lists.forEach((known, at) => {
    const plan = planOf(step, known, at, joins, dropped[at]!);
    const own = single.slice(first, (first += metCategories(known).length));
    for (const column of columnsOf(plan, own, input.values[at]!, shared)) columns.push(column);
  });
  const results = sharedValues(shared, step, context).values();
  const values = columns.map((column) => column ?? results.next().value!);
  if (numberTypeOf(step, 'dtype', 1) === 'float32') builder.markSingle(values);
  // Named `sparse` before 1.2, and "deprecated" for a while after.
  const sparse = step.flag('sparse_output', step.flag('sparse', true));
  return { values, sparse };
}

function sharedValues(
  { inputs, categories, numbers, others }: SharedColumns,
  step: Estimator,
  { builder }: StepContext,
): readonly number[] {
  if (inputs.length === 0) return [];
  const stage = {
    inputs,
    categories,
    numbers: Float64Array.from(numbers),
    unknown: 'others',
    others: Float64Array.from(others),
  } as const;
  return builder.lookup(stage, step.place);
}

function planOf(
  step: Estimator,
  known: readonly KnownCategory[],
  column: number,
  joins: boolean,
  dropped: number,
): ColumnPlan {
  const grouped = placesAfterGrouping(step, column, known.length);
  const places = grouped ?? known.map((_, at) => at);
  const shared = grouped === null ? -1 : places.reduce((a, b) => Math.max(a, b), 0);
  const count = grouped === null ? known.length : shared + 1;
  if (dropped >= count) step.refuse('drops a category that it does not know (drop)');
  return { known, places, count, shared, takesUnknown: joins && grouped !== null, dropped };
}

/** The output columns of one input, in order; null stands for the next of the shared ones. */
function columnsOf(
  { known, places, count, shared, takesUnknown, dropped }: ColumnPlan,
  own: readonly number[],
  input: number,
  into: SharedColumns,
): (number | null)[] {
  const columns: (number | null | undefined)[] = Array.from({ length: count }, () => undefined);
  let met = 0;
  known.forEach((category, at) => {
    if (category === undefined) return;
    const value = own[met++]!;
    if (places[at] !== shared) columns[places[at]!] = value;
  });
  const kept = columns.map((column, at) => {
    if (at === dropped) return undefined;
    if (column !== undefined) return column;
    const ones = known.filter((category, of) => category !== undefined && places[of] === at);
    const zeros = known.filter((category, of) => category !== undefined && places[of] !== at);
    // Unknown values belong to the shared column, so the stage names only the categories of the others.
    const named = at === shared && takesUnknown ? zeros : ones;
    into.inputs.push(input);
    into.categories.push(metCategories(named));
    for (const _ of named) into.numbers.push(named === zeros ? 0 : 1);
    into.others.push(named === zeros ? 1 : 0);
    return null;
  });
  return kept.filter((column) => column !== undefined);
}

/** The output column of each input that is left out, -1 for none; since 1.2 it is counted after grouping. */
function droppedOf(step: Estimator, columns: number): readonly number[] {
  const name = step.has('_drop_idx_after_grouping') ? '_drop_idx_after_grouping' : 'drop_idx_';
  const value = step.get(name);
  if (value === null) {
    if (step.has('drop')) step.refuse('does not say which categories it drops (drop)');
    return Array.from({ length: columns }, () => -1);
  }
  const items = value instanceof NumpyArray ? itemsOf(value) : [];
  if (items.length !== columns) step.refuse(`has a ${name} for ${items.length} of its columns`);
  return items.map((item) => {
    if (item === null) return -1;
    if (typeof item === 'number' && Number.isInteger(item) && item >= 0) return item;
    return step.refuse(`has a ${name} that holds no positions`);
  });
}
