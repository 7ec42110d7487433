declare const stage: unique symbol;
type Staged<T, Stage extends string> = T & { readonly [stage]: Stage };

/** As sent: nothing is known yet. */
export type RawRow = Readonly<Record<string, unknown>>;

/**
 * The same in the model's field order, as tables, packages and the store have it; `undefined` where the row
 * has no such field.
 */
export type RawValues = readonly unknown[];

/** A value that a field may hold; `null` is missing. */
export type FieldValue = number | string | boolean | null;

/** One value per field, in the model's field order, each of its field's type and in its range. */
export type ValidRow = Staged<readonly FieldValue[], 'valid'>;

/** Category codes that stand for no category. */
export const CODE_UNKNOWN = -1;
export const CODE_MISSING = -2;
