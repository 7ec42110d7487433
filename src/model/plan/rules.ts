import { CODE_MISSING } from '../../core/rows.ts';
import type { FieldRules } from '../../schema/fields.ts';
import { quoted } from '../check.ts';
import type { Lowered, Requirement } from './lower.ts';
import { FINITE_DOUBLES, type NumberRange, finiteRange } from './number-range.ts';
import { refuse, refuseUnless } from '../refuse.ts';
import {
  type FieldUse,
  type NumberValue,
  type Step,
  type TableOfField,
  isAfterTrees,
  runSteps,
} from '../values.ts';

/** The rows that a model takes: rules of single fields, and requirements on computed numbers. */
export interface RowRules {
  readonly fields: readonly FieldRules[];
  /** Requirements on numbers that are computed row by row before the trees. */
  readonly computed: readonly NumberRequirement[];
  /** Requirements on what comes from trees: a row that breaks one has no answer. */
  readonly late: readonly NumberRequirement[];
}

export type NumberRequirement = Requirement & { readonly value: NumberValue };

/** A rule of a single field wherever the source raises on what one field alone decides. */
export function deriveRules({ fields, uses, requirements }: Lowered): RowRules {
  const ranges = fields.map(() => FINITE_DOUBLES);
  const missingRaises = uses.map((use) => use.missingRaises);
  const accepted = uses.map((use) => [...use.accepted]);
  const rangeOf = rangesBySteps();
  const computed: NumberRequirement[] = [];
  const late: NumberRequirement[] = [];
  for (const { value, missing } of requirements) {
    if (value.kind === 'table') {
      const raises = raisingEntries(value, missing);
      if (raises.missing) missingRaises[value.field] = true;
      if (raises.codes !== null) accepted[value.field]!.push(raises.codes);
    } else if (value.source.kind === 'field') {
      const { field } = value.source;
      const { name } = fields[field]!;
      const range = overlap(ranges[field]!, rangeOf(value.steps));
      if (range === null) {
        refuse(`No number in field ${quoted(name)} stays finite on its way to the trees.`);
      }
      ranges[field] = range;
      const asMissing = runSteps(Number.NaN, value.steps);
      if (Number.isNaN(asMissing)) missingRaises[field] ||= missing === 'reject';
      else
        refuseUnless(
          Number.isFinite(asMissing),
          `The imputed value of field ${quoted(name)} is not finite.`,
        );
    } else (isAfterTrees(value) ? late : computed).push({ value, missing });
  }
  const rules = fields.map(({ name }, field): FieldRules => {
    const categories = categoryRules(uses[field]!, accepted[field]!);
    refuseUnless(
      !missingRaises[field]! || categories.unknown === 'accept' || categories.categories.length > 0,
      `The model takes no value at all in field ${quoted(name)}.`,
    );
    const { min, max } = ranges[field]!;
    const missing = missingRaises[field]! ? 'reject' : 'accept';
    return { ...categories, missing, numberMin: min, numberMax: max };
  });
  return { fields: rules, computed, late };
}

/** Most fields of a wide table go through the same steps, and a range is found by bisection. */
function rangesBySteps(): (steps: readonly Step[]) => NumberRange | null {
  const known = new Map<string, NumberRange | null>();
  return (steps) => {
    const key = steps.map(({ op, operand }) => `${op} ${operand}`).join();
    const range = known.get(key);
    if (range !== undefined) return range;
    const found = finiteRange(steps);
    known.set(key, found);
    return found;
  };
}

/** True where the source takes the number that it requires. */
export function isTaken(x: number, missing: Requirement['missing']): boolean {
  return Number.isFinite(x) || (missing === 'accept' && Number.isNaN(x));
}

/** Of a table, whether a missing value raises, and the codes that do not; null where all of them are good. */
function raisingEntries(
  { byCode, otherwise }: TableOfField,
  missing: Requirement['missing'],
): { missing: boolean; codes: ReadonlySet<number> | null } {
  const isGood = (x: number): boolean => isTaken(x, missing);
  const good = new Set([...byCode].filter(([, x]) => isGood(x)).map(([code]) => code));
  const raisesOnMissing = !isGood(byCode.get(CODE_MISSING) ?? otherwise);
  good.delete(CODE_MISSING);
  const named = [...byCode.keys()].filter((code) => code !== CODE_MISSING).length;
  const allGood = isGood(otherwise) && good.size === named;
  if (isGood(otherwise) && !allGood) {
    refuse('The model raises on some categories and takes all others, which is not supported.');
  }
  return { missing: raisesOnMissing, codes: allGood ? null : good };
}

/** Where encodings raise on unknown values, a category must be known to each of them. */
function categoryRules(
  { categories }: FieldUse,
  accepted: readonly ReadonlySet<number>[],
): Pick<FieldRules, 'unknown' | 'categories'> {
  const [first, ...others] = accepted;
  if (first === undefined) return { unknown: 'accept', categories };
  // From one set to the next, never more than a set is long.
  const known = others.reduce<ReadonlySet<number>>(
    (taken, set) => new Set([...set].filter((code) => taken.has(code))),
    first,
  );
  return { unknown: 'reject', categories: categories.filter((_, code) => known.has(code)) };
}

function overlap(a: NumberRange, b: NumberRange | null): NumberRange | null {
  if (b === null) return null;
  const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
  return min <= max ? { min, max } : null;
}
