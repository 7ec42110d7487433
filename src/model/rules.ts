import { CODE_MISSING } from '../core/rows.ts';
import type { FieldRules } from '../schema/fields.ts';
import { quoted } from './check.ts';
import type { Lowered, Requirement } from './lower.ts';
import { FINITE_DOUBLES, type NumberRange, finiteRange } from './number-range.ts';
import { refuse, refuseUnless } from './refuse.ts';
import {
  type FieldUse,
  type NumberValue,
  type TableOfField,
  isAfterTrees,
  runSteps,
} from './values.ts';

/** What rows a model takes: rules of single fields, and what only shows in computed numbers. */
export interface RowRules {
  readonly fields: readonly FieldRules[];
  /** Requirements on numbers that are computed row by row before the trees. */
  readonly computed: readonly (Requirement & { readonly value: NumberValue })[];
}

/** A rule of a single field wherever the source raises on what one field alone decides. */
export function deriveRules({ fields, uses, requirements }: Lowered): RowRules {
  const ranges = fields.map(() => FINITE_DOUBLES);
  const missingRaises = uses.map((use) => use.missingRaises);
  const accepted = uses.map((use) => [...use.accepted]);
  const computed: (Requirement & { value: NumberValue })[] = [];
  for (const { value, missing } of requirements) {
    if (value.kind === 'table') {
      const raises = raisingEntries(value, missing);
      if (raises.missing) missingRaises[value.field] = true;
      if (raises.codes !== null) accepted[value.field]!.push(raises.codes);
    } else if (value.source.kind === 'field') {
      const { field } = value.source;
      const { name } = fields[field]!;
      const range = overlap(ranges[field]!, finiteRange(value.steps));
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
    } else if (!isAfterTrees(value)) computed.push({ value, missing });
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
  return { fields: rules, computed };
}

/** Of a table, whether a missing value raises, and the codes that do not; null where all of them are good. */
function raisingEntries(
  { byCode, otherwise }: TableOfField,
  missing: Requirement['missing'],
): { missing: boolean; codes: ReadonlySet<number> | null } {
  const isGood = (x: number): boolean =>
    Number.isFinite(x) || (Number.isNaN(x) && missing === 'accept');
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
  if (accepted.length === 0) return { unknown: 'accept', categories };
  const taken = categories.filter((_, code) => accepted.every((set) => set.has(code)));
  return { unknown: 'reject', categories: taken };
}

function overlap(a: NumberRange, b: NumberRange | null): NumberRange | null {
  if (b === null) return null;
  const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
  return min <= max ? { min, max } : null;
}
