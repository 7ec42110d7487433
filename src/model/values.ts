import { CODE_MISSING } from '../core/rows.ts';
import { STEP } from '../forest/addon.ts';
import { categoryKey } from '../schema/encode.ts';
import type { Category, Field } from '../schema/fields.ts';
import { quoted } from './check.ts';
import { refuseUnless } from './refuse.ts';

/**
 * A value of the model, described by its origin. Lowering runs the stages on these
 * descriptions instead of on rows, so that most of a pipeline becomes tables and cut points.
 */
export type Value = FieldAsSent | NumberValue | TableOfField;

/** The field itself; a missing one was replaced by `fill`, unless there is none. */
export interface FieldAsSent {
  readonly kind: 'field';
  readonly field: number;
  readonly fill: Category | null;
  /** Texts that were replaced by others, by the key of what is sent. */
  readonly renamed: ReadonlyMap<string | number, Renaming>;
}

export interface Renaming {
  readonly from: Category;
  readonly to: Category;
}

/** Texts of one field that are replaced: people replace one marker. Every encoding looks at all of them. */
const RENAMINGS_MAX = 64;

/** A number after arithmetic that native code can do, too. */
export interface NumberValue {
  readonly kind: 'number';
  readonly source: NumberSource;
  readonly steps: readonly Step[];
}

/** A field's number, or a result of what is computed row by row. */
export type NumberSource =
  | { readonly kind: 'field'; readonly field: number }
  | { readonly kind: 'computed'; readonly node: Node; readonly result: number };

export interface Step {
  readonly op: (typeof STEP)[keyof typeof STEP];
  readonly operand: number;
}

/** A number for every category: of the field's category codes, most share one. */
export interface TableOfField {
  readonly kind: 'table';
  readonly field: number;
  readonly byCode: ReadonlyMap<number, number>;
  readonly otherwise: number;
}

/** Something that happens row by row, in the order of the nodes. */
export type Node = ComputedNode | TreesNode;

export interface ComputedNode {
  readonly kind: 'computed';
  readonly inputs: readonly Feature[];
  readonly results: number;
  readonly compute: Compute;
  /** True where trees stand anywhere before it: then it belongs to the head. */
  readonly afterTrees: boolean;
}

/** `x` holds the inputs' numbers, NaN where one is missing; `y` gets the results. */
export type Compute = (x: Float64Array, y: Float64Array) => void;

export interface TreesNode {
  readonly kind: 'trees';
  readonly ensemble: number;
  /** In the type that the trees compare in. */
  readonly features: readonly Feature[];
  readonly results: number;
  /** True where other trees stand before them. */
  readonly afterTrees: boolean;
}

export type Feature = NumberValue | TableOfField;

/** The demands that encodings make on the values of one field, gathered while lowering. */
export interface FieldUse {
  /** Every category that any encoding names, in order of first mention: its place is its code. */
  readonly codes: Map<string | number, number>;
  readonly categories: Category[];
  /** For each encoding that raises on unknown values, the codes that it knows. */
  readonly accepted: ReadonlySet<number>[];
  /** An encoding raises on a missing value. */
  missingRaises: boolean;
}

/** The context of lowering a stage. */
export interface Lowering {
  readonly fields: readonly Field[];
  readonly uses: readonly FieldUse[];
}

/** The category's code in its field; null and NaN stand for a missing value. `who` asks. */
export function internCategory(
  category: Category | null,
  field: number,
  who: string,
  { fields, uses }: Lowering,
): number {
  if (category === null || Number.isNaN(category)) return CODE_MISSING;
  const { name, type } = fields[field]!;
  const fits =
    type === 'text' ||
    (type === 'boolean' ? typeof category !== 'string' : typeof category === 'number');
  refuseUnless(
    fits,
    `The ${who} of field ${quoted(name)} (${type}) names the category ${quoted(String(category))}.`,
  );
  const use = uses[field]!;
  const key = categoryKey(category);
  const known = use.codes.get(key);
  if (known !== undefined) return known;
  const code = use.categories.length;
  use.codes.set(key, code);
  use.categories.push(category);
  return code;
}

/** The field after every `from` became `to`, what was filled in or replaced before included. */
export function renamed(value: FieldAsSent, from: Category, to: Category): FieldAsSent {
  const isFrom = (category: Category): boolean => categoryKey(category) === categoryKey(from);
  const renamings = new Map(value.renamed);
  for (const [key, before] of value.renamed) {
    if (isFrom(before.to)) renamings.set(key, { ...before, to });
  }
  const key = categoryKey(from);
  if (!value.renamed.has(key)) renamings.set(key, { from, to });
  refuseUnless(
    renamings.size <= RENAMINGS_MAX,
    `The model replaces more than ${RENAMINGS_MAX} texts of one field.`,
  );
  const fill = value.fill !== null && isFrom(value.fill) ? to : value.fill;
  return { ...value, fill, renamed: renamings };
}

/** The codes of all that a row may hold in the field for the value to be `category`. `who` asks. */
export function codesOf(
  value: FieldAsSent,
  category: Category | null,
  who: string,
  lowering: Lowering,
): readonly number[] {
  const codeOf = (each: Category | null): number =>
    internCategory(each, value.field, who, lowering);
  const own = codeOf(category);
  if (own === CODE_MISSING) return value.fill === null ? [CODE_MISSING] : [];
  const key = categoryKey(category!);
  const codes = value.renamed.has(key) ? [] : [own];
  for (const { from, to } of value.renamed.values()) {
    if (categoryKey(to) === key) codes.push(codeOf(from));
  }
  if (value.fill !== null && categoryKey(value.fill) === key) codes.push(CODE_MISSING);
  return codes;
}

/** The value as arithmetic sees it. `verb` says who asks, for the sentence that refuses a text. */
export function asNumber(value: Value, fields: readonly Field[], verb: string): Feature {
  if (value.kind !== 'field') return value;
  const { name, type } = fields[value.field]!;
  refuseUnless(type !== 'text', `The pipeline ${verb} field ${quoted(name)}, which is text.`);
  const steps =
    value.fill === null ? [] : [{ op: STEP.replaceMissing, operand: Number(value.fill) }];
  return { kind: 'number', source: { kind: 'field', field: value.field }, steps };
}

export function withSteps(value: Feature, steps: readonly Step[]): Feature {
  if (value.kind === 'number') return { ...value, steps: [...value.steps, ...steps] };
  return throughTable(value, (x) => runSteps(x, steps));
}

/** A function of one number, applied to every entry of the table. */
export function throughTable(table: TableOfField, of: (x: number) => number): TableOfField {
  const byCode = new Map<number, number>();
  for (const [code, x] of table.byCode) byCode.set(code, of(x));
  return { ...table, byCode, otherwise: of(table.otherwise) };
}

/** The same float64 operations, in the same order, as the addon's. */
export function runSteps(value: number, steps: readonly Step[]): number {
  let x = value;
  for (const { op, operand } of steps) x = runStep(x, op, operand);
  return x;
}

function runStep(x: number, op: Step['op'], operand: number): number {
  switch (op) {
    case STEP.replaceMissing:
      return Number.isNaN(x) ? operand : x;
    case STEP.subtract:
      return x - operand;
    case STEP.divide:
      return x / operand;
    case STEP.multiply:
      return x * operand;
    case STEP.add:
      return x + operand;
    case STEP.toFloat32:
      return Math.fround(x);
  }
}

/** True where the value depends on answers of trees. */
export function isAfterTrees(value: Value): boolean {
  if (value.kind !== 'number' || value.source.kind === 'field') return false;
  const { node } = value.source;
  return node.kind === 'trees' || node.afterTrees;
}
