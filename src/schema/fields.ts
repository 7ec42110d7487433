import type { DateType } from './dates.ts';

/** A category as the model file holds it. Categories of one field may mix types. */
export type Category = string | number | boolean;

export const FIELD_TYPES = ['number', 'text', 'boolean', 'date', 'datetime'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** A named input value as the client sends it: dates and times as texts of ISO 8601 (dates.ts). */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Numbers only: a fraction is refused. */
  readonly integer?: boolean;
  /** Numbers only: true is 1 and false is 0, as the library takes them, because nobody has stated the column's type. */
  readonly truths?: boolean;
  /** Numbers only: stated by the package's spec, both ends included. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
}

/**
 * The values that the model takes in one field: derived from the plan, never stored. A row that breaks a rule
 * is one for which the source library itself raises.
 */
export interface FieldRules {
  /** Missing values are imputed, encoded, or sent down a branch of the trees. */
  readonly missing: 'accept' | 'reject';
  /** Categories the model has not seen. Without categories in the model: `accept`. */
  readonly unknown: 'accept' | 'reject';
  /** The categories that the model's encodings name, in code order; empty for a plain number. */
  readonly categories: readonly Category[];
  /** Outermost finite doubles that the source's arithmetic takes (a float32 must not overflow). */
  readonly numberMin: number;
  readonly numberMax: number;
}

/** Where each field goes in an encoded row. A field may have a number slot, a code slot, or both. */
export interface Slots {
  /** Per number slot: the field's position. */
  readonly numbers: readonly number[];
  /** The number slots that hold the number of a date or a time; absent where none does. */
  readonly dates?: readonly { readonly slot: number; readonly type: DateType }[];
  /** Number slots after those of fields, for what a model computes from a row before its trees. */
  readonly computed: number;
  /** Per code slot: the field's position and the categories, in code order. */
  readonly codes: readonly { readonly field: number; readonly categories: readonly Category[] }[];
}

export function numberSlotsOf(slots: Slots): number {
  return slots.numbers.length + slots.computed;
}

/** Everything the way from a raw row to an encoded row needs to know about a model. */
export interface RowSchema {
  readonly fields: readonly Field[];
  readonly rules: readonly FieldRules[];
  readonly slots: Slots;
}
