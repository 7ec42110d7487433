import { CODE_MISSING, CODE_UNKNOWN } from '../../core/rows.ts';
import { categoryKey } from '../../schema/encode.ts';
import type { Category } from '../../schema/fields.ts';
import { quoted } from '../check.ts';
import { type Kind, type Part, checkLength, checkWord } from '../kind.ts';
import { refuse, refuseUnless } from '../refuse.ts';
import type { OneHotStage } from '../stages.ts';
import { type FieldAsSent, type Lowering, type TableOfField, internCategory } from '../values.ts';

export const oneHot: Kind<OneHotStage> = {
  parameters: { categories: 'lists', unknown: 'text' },
  parts(stage) {
    checkLength(stage, 'category lists', stage.categories);
    checkWord(stage, 'unknown', stage.unknown, ['zeros', 'reject']);
    return stage.inputs.map((input, at) => partOf(stage, input, stage.categories[at]!));
  },
};

function partOf(stage: OneHotStage, input: number, categories: readonly (Category | null)[]): Part {
  return {
    inputs: [input],
    results: categories.length,
    lower: ([value], lowering) => {
      if (value!.kind !== 'field') {
        refuse('The pipeline one-hot encodes a number after arithmetic, which is not supported.');
      }
      return tablesOf(value!, stage.unknown, categories, lowering);
    },
    compute: () => refuse('A one-hot encoding is never computed row by row.'),
  };
}

function tablesOf(
  value: FieldAsSent,
  unknown: OneHotStage['unknown'],
  categories: readonly (Category | null)[],
  lowering: Lowering,
): TableOfField[] {
  const use = lowering.uses[value.field]!;
  const codes = categories.map((category) =>
    internCategory(category, value.field, 'one-hot encoder', lowering),
  );
  refuseUnless(
    new Set(codes).size === codes.length,
    `The one-hot encoder of field ${quoted(lowering.fields[value.field]!.name)} names a category twice.`,
  );
  // A row's missing value meets the encoder as what the imputer before it made of it.
  const missingAs =
    value.fill === null ? CODE_MISSING : (use.codes.get(categoryKey(value.fill)) ?? CODE_UNKNOWN);
  if (unknown === 'reject') {
    use.accepted.push(new Set(codes));
    if (!codes.includes(missingAs)) use.missingRaises = true;
  }
  return codes.map((code) => ({
    kind: 'table',
    field: value.field,
    byCode: new Map([
      [code, 1],
      [CODE_MISSING, code === missingAs ? 1 : 0],
    ]),
    otherwise: 0,
  }));
}
