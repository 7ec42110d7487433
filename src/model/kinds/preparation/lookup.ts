import { CODE_MISSING } from '../../../core/rows.ts';
import { categoryKey } from '../../../schema/encode.ts';
import type { Category } from '../../../schema/fields.ts';
import { type Kind, type Part, checkLength, checkWord } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { LookupStage } from '../../stages.ts';
import { type FieldAsSent, type Lowering, type TableOfField, codesOf } from '../../values.ts';

export const lookup: Kind<LookupStage> = {
  parameters: { categories: 'lists', numbers: 'numbers', unknown: 'text', others: 'numbers' },
  parts(stage) {
    const { inputs, categories, numbers } = stage;
    checkLength(stage, 'category lists', categories);
    checkWord(stage, 'unknown', stage.unknown, ['others', 'reject']);
    checkLength(stage, 'others', stage.others);
    checkLength(
      stage,
      'numbers',
      numbers,
      categories.reduce((sum, list) => sum + list.length, 0),
    );
    let first = 0;
    return inputs.map((input, at) => {
      const list = categories[at]!;
      const own = numbers.subarray(first, (first += list.length));
      return partOf(stage, input, list, own, stage.others[at]!);
    });
  },
};

function partOf(
  { unknown }: LookupStage,
  input: number,
  categories: readonly (Category | null)[],
  numbers: Float64Array,
  other: number,
): Part {
  const byKey = new Map(categories.map((category, at) => [keyOf(category), numbers[at]!]));
  refuseUnless(byKey.size === categories.length, 'A stage (lookup) names a category twice.');
  return {
    inputs: [input],
    results: 1,
    lower: ([value], lowering) => {
      if (value!.kind === 'field') {
        return [tableOf(value!, unknown, categories, numbers, other, lowering)];
      }
      refuseUnless(
        unknown === 'others',
        'The pipeline encodes a number after arithmetic and raises on unknown ones: not supported.',
      );
      return null;
    },
    compute: (x, y) => {
      y[0] = byKey.get(x[0]!) ?? other;
    },
  };
}

function keyOf(category: Category | null): string | number {
  return category === null ? Number.NaN : categoryKey(category);
}

function tableOf(
  value: FieldAsSent,
  unknown: LookupStage['unknown'],
  categories: readonly (Category | null)[],
  numbers: Float64Array,
  other: number,
  lowering: Lowering,
): TableOfField {
  const use = lowering.uses[value.field]!;
  const byCode = new Map([[CODE_MISSING, other]]);
  const known = new Set<number>();
  categories.forEach((category, at) => {
    for (const code of codesOf(value, category, 'encoder', lowering)) {
      byCode.set(code, numbers[at]!);
      known.add(code);
    }
  });
  if (unknown === 'reject') {
    use.accepted.push(known);
    if (!known.has(CODE_MISSING)) use.missingRaises = true;
  }
  return { kind: 'table', field: value.field, byCode, otherwise: other };
}
