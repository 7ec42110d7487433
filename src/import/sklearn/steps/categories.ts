import type { Category, Field } from '../../../schema/fields.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { itemsOf } from '../../python/pickle/elements.ts';
import type { PickleValue } from '../../python/pickle/values.ts';
import type { Estimator } from '../read/estimator.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * A category of an encoder by its position: null is a missing value. Undefined is None where the same
 * column also knows NaN: a row has one way to leave a value out, and a table read from a file means NaN.
 */
export type KnownCategory = Category | null | undefined;

/** numpy's letters for texts, objects, truth values and numbers. */
const CATEGORY_KINDS = 'UObiuf';

/** The categories that an encoder knows in one column. */
export interface ColumnCategories {
  readonly known: readonly KnownCategory[];
  /** True where the last of them is NaN, which encoders treat apart; None is a category like others. */
  readonly endsWithNaN: boolean;
}

/**
 * The categories that an encoder learned, column by column (sklearn/preprocessing/_encoders.py). What
 * they are says what the columns are. Since 0.24 an encoder takes missing values (an OrdinalEncoder
 * since 1.0), whether it knows them or not.
 */
export function importCategories(
  step: Estimator,
  input: Block,
  context: StepContext,
): readonly ColumnCategories[] {
  const { builder, version } = context;
  const lists = step.list('categories_');
  if (lists.length !== input.values.length) {
    step.refuse(`has categories for ${lists.length} of ${input.values.length} columns`);
  }
  const isOrdinal = step.className === 'OrdinalEncoder';
  const takesMissing = isOrdinal ? isAtLeast(version, 1, 0) : isAtLeast(version, 0, 24);
  const columns = lists.map((list, at) => {
    if (!(list instanceof NumpyArray)) step.refuse('has categories that are not in an array');
    builder.handOver(list.count);
    return categoriesOf(list, input.values[at]!, step, context);
  });
  columns.forEach(({ known }, at) => {
    // 0.24 knows only None as a missing value; NaN raised then.
    const takes = takesMissing || known.includes(null);
    builder.requirePresent([input.values[at]!], takes ? 'accept' : 'reject');
  });
  return columns;
}

function categoriesOf(
  list: NumpyArray,
  value: number,
  step: Estimator,
  { builder }: StepContext,
): ColumnCategories {
  if (!CATEGORY_KINDS.includes(list.type.kind)) {
    step.refuse(
      'has categories of a type that is not understood: use texts, numbers or truth values',
    );
  }
  const items = itemsOf(list);
  const endsWithNaN = Number.isNaN(items.at(-1));
  if (items.indexOf(null) !== items.lastIndexOf(null))
    step.refuse('knows None twice in one column');
  const known = items.map((item, at): KnownCategory => {
    const isLast = at === items.length - 1;
    if (Number.isNaN(item)) return isLast ? null : step.refuse('knows NaN twice in one column');
    return item === null ? (endsWithNaN ? undefined : null) : categoryOf(item, step);
  });
  const type = typeOf(known);
  if (type !== null) builder.need(value, type, step.place);
  if (type === 'number' && (list.type.kind === 'i' || list.type.kind === 'u')) {
    builder.needWhole(value);
  }
  return { known, endsWithNaN };
}

function categoryOf(item: PickleValue, step: Estimator): Category {
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') {
    return item;
  }
  step.refuse('has a category that is neither a number, a text nor true or false');
}

/** A column of texts and other things is one of texts; null where only missing values are known. */
function typeOf(categories: readonly KnownCategory[]): Field['type'] | null {
  const types = new Set(
    categories.map((category) => (category === null ? 'none' : typeof category)),
  );
  types.delete('none');
  types.delete('undefined');
  if (types.size > 1) return 'text';
  const [type] = types;
  if (type === undefined) return null;
  return type === 'string' ? 'text' : type === 'number' ? 'number' : 'boolean';
}

/**
 * Raises on what an encoder does not know where an encoding cannot: its columns are no longer what a row
 * says. Its own number is looked up for every category, and none for others.
 */
export function rejectUnknown(
  step: Estimator,
  input: Block,
  lists: readonly (readonly KnownCategory[])[],
  { builder }: StepContext,
): void {
  const categories = lists.map(metCategories);
  const count = categories.reduce((sum, { length }) => sum + length, 0);
  const known = builder.lookup(
    {
      inputs: input.values,
      categories,
      numbers: new Float64Array(count),
      unknown: 'others',
      others: new Float64Array(lists.length).fill(Number.NaN),
    },
    step.place,
  );
  builder.require(known, 'reject', step.place);
}

/** The categories of a column as a stage names them: those that a row can hold. */
export function metCategories(known: readonly KnownCategory[]): (Category | null)[] {
  return known.filter((category) => category !== undefined);
}

/**
 * Rare categories share one place after the others since 1.1: for each category of the column its place
 * then. Null where none is rare. An OrdinalEncoder counts no missing value among them.
 */
export function placesAfterGrouping(
  step: Estimator,
  column: number,
  categories: number,
): readonly number[] | null {
  if (!step.flag('_infrequent_enabled', false)) {
    if (step.has('min_frequency') || step.has('max_categories')) {
      step.refuse('does not say which categories are rare (min_frequency, max_categories)');
    }
    return null;
  }
  const mapping = step.list('_default_to_infrequent_mappings')[column] ?? null;
  if (mapping === null) return null;
  const places = mapping instanceof NumpyArray ? itemsOf(mapping) : [];
  // Every place is taken: 0, 1, ... up to the shared one.
  const isDense =
    new Set(places).size === places.reduce<number>((a, b) => Math.max(a, Number(b)), -1) + 1;
  const inRange = places.every(
    (place) =>
      typeof place === 'number' && Number.isInteger(place) && place >= 0 && place < categories,
  );
  if (places.length !== categories || !inRange || !isDense) {
    step.refuse('groups rare categories in a way that is not understood');
  }
  return places as number[];
}
