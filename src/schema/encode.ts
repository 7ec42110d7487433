import { CODE_MISSING, CODE_UNKNOWN, type FieldValue, type ValidRow } from '../core/rows.ts';
import { NUMBER_OF } from './dates.ts';
import { type Category, type Slots, numberSlotsOf } from './fields.ts';

/** Arrays for `capacity` encoded rows, to be filled by an encoder again and again. */
export interface RowBuffers {
  readonly numbers: Float64Array;
  readonly codes: Int32Array;
}

/** Writes one valid row at row number `at` of the buffers; allocates nothing and cannot fail. */
export type Encoder = (row: ValidRow, at: number, into: RowBuffers) => void;

export function allocateRows(slots: Slots, capacity: number): RowBuffers {
  return {
    numbers: new Float64Array(capacity * numberSlotsOf(slots)),
    codes: new Int32Array(capacity * slots.codes.length),
  };
}

/** Writes what comes from fields themselves; the slots of computed features are left as they are. */
export function compileEncoder(slots: Slots): Encoder {
  const numberSlots = numberSlotsOf(slots);
  const numberFields = Uint32Array.from(slots.numbers);
  const dates = (slots.dates ?? []).map(({ slot, type }) => ({
    slot,
    numberOfText: NUMBER_OF[type],
  }));
  const codeFields = Uint32Array.from(slots.codes, (slot) => slot.field);
  const codeTables = slots.codes.map((slot) => internCategories(slot.categories));
  return (row, at, into) => {
    const numberStart = at * numberSlots;
    for (let slot = 0; slot < numberFields.length; slot++) {
      into.numbers[numberStart + slot] = numberOf(row[numberFields[slot]!]!);
    }
    for (const { slot, numberOfText } of dates) {
      const text = row[numberFields[slot]!];
      if (typeof text === 'string') into.numbers[numberStart + slot] = numberOfText(text)!;
    }
    const codeStart = at * codeFields.length;
    for (let slot = 0; slot < codeFields.length; slot++) {
      into.codes[codeStart + slot] = codeOf(row[codeFields[slot]!]!, codeTables[slot]!);
    }
  };
}

/**
 * The key by which two categories are compared. Python's True is its 1, so true and 1 are one category; a Map
 * tells 1 from '1', and takes -0 for 0, as Python does.
 */
export function categoryKey(category: Category): string | number {
  return typeof category === 'boolean' ? Number(category) : category;
}

function internCategories(categories: readonly Category[]): ReadonlyMap<string | number, number> {
  return new Map(categories.map((category, code) => [categoryKey(category), code]));
}

function numberOf(value: FieldValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return Number.NaN;
}

function codeOf(value: FieldValue, table: ReadonlyMap<string | number, number>): number {
  if (value === null) return CODE_MISSING;
  return table.get(categoryKey(value)) ?? CODE_UNKNOWN;
}
