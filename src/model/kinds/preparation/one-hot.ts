import { CODE_MISSING } from '../../../core/rows.ts';
import type { Category } from '../../../schema/fields.ts';
import { quoted } from '../../check.ts';
import { type Kind, type Part, checkLength, checkWord } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { OneHotStage } from '../../stages.ts';
import { type FieldAsSent, type Lowering, type TableOfField, codesOf } from '../../values.ts';

/** Entries of the tables that an encoding of another encoding's numbers makes: 160 MB of them. */
const ENTRIES_MAX = 10_000_000;

export const oneHot: Kind<OneHotStage> = {
  parameters: { categories: 'lists', unknown: 'text' },
  parts(stage) {
    checkLength(stage, 'category lists', stage.categories);
    checkWord(stage, 'unknown', stage.unknown, ['zeros', 'reject']);
    return stage.inputs.map((input, at) => partOf(stage, input, stage.categories[at]!));
  },
};

function partOf(
  { unknown }: OneHotStage,
  input: number,
  categories: readonly (Category | null)[],
): Part {
  // A number is compared with these; a missing value stands as NaN.
  const numbers = categories.map((category) =>
    category === null ? Number.NaN : typeof category === 'string' ? null : Number(category),
  );
  return {
    inputs: [input],
    results: categories.length,
    lower: ([value], lowering) => {
      if (value!.kind === 'field') return tablesOf(value!, unknown, categories, lowering);
      refuseUnless(
        unknown === 'zeros',
        'The pipeline one-hot encodes a number after arithmetic and raises on unknown ones: not supported.',
      );
      const entries = value!.kind === 'table' ? value!.byCode.size * categories.length : 0;
      refuseUnless(
        entries <= ENTRIES_MAX,
        `The pipeline one-hot encodes a table into more than ${ENTRIES_MAX} entries.`,
      );
      return null;
    },
    compute: (x, y) => {
      for (let at = 0; at < numbers.length; at++) y[at] = isSame(x[0]!, numbers[at]!) ? 1 : 0;
    },
  };
}

/** As categories are compared: -0 is 0, and a missing value equals another. */
function isSame(x: number, category: number | null): boolean {
  return x === category || (Number.isNaN(x) && Number.isNaN(category));
}

function tablesOf(
  value: FieldAsSent,
  unknown: OneHotStage['unknown'],
  categories: readonly (Category | null)[],
  lowering: Lowering,
): TableOfField[] {
  const use = lowering.uses[value.field]!;
  const codes = categories.map((category) => codesOf(value, category, 'one-hot encoder', lowering));
  const known = new Set(codes.flat());
  refuseUnless(
    known.size === codes.reduce((sum, { length }) => sum + length, 0),
    `The one-hot encoder of field ${quoted(lowering.fields[value.field]!.name)} names a category twice.`,
  );
  if (unknown === 'reject') {
    use.accepted.push(known);
    if (!known.has(CODE_MISSING)) use.missingRaises = true;
  }
  return codes.map((own) => ({
    kind: 'table',
    field: value.field,
    byCode: new Map([[CODE_MISSING, 0], ...own.map((code) => [code, 1] as const)]),
    otherwise: 0,
  }));
}
