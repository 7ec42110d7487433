import { STEP } from '../../../forest/addon.ts';
import type { Category } from '../../../schema/fields.ts';
import { quoted } from '../../check.ts';
import { type Kind, checkLength, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { ImputeStage } from '../../stages.ts';
import { type Lowering, type Value, asNumber, withSteps } from '../../values.ts';

export const impute: Kind<ImputeStage> = {
  parameters: { fills: 'values' },
  parts(stage) {
    checkLength(stage, 'fills', stage.fills);
    refuseUnless(
      // A package's lists may hold a missing value.
      stage.fills.every((fill: Category | null) => fill !== null),
      'A stage (impute) fills missing values with a missing value.',
    );
    return elementwise(stage.inputs, (at) => {
      const fill = stage.fills[at]!;
      return {
        lower: (value, lowering) => filled(value, fill, lowering),
        compute: (x) => (Number.isNaN(x) ? Number(fill) : x),
      };
    });
  },
};

function filled(value: Value, fill: ImputeStage['fills'][number], lowering: Lowering): Value {
  const field = value.kind === 'field' ? lowering.fields[value.field]! : null;
  if (field?.type !== 'text') {
    const place = field === null ? 'a number' : `field ${quoted(field.name)}, a ${field.type},`;
    refuseUnless(
      typeof fill !== 'string' && Number.isFinite(Number(fill)),
      `The imputer of ${place} fills it with ${quoted(String(fill))}.`,
    );
  }
  if (value.kind === 'field') return value.fill === null ? { ...value, fill } : value;
  const number = asNumber(value, lowering.fields, 'fills');
  return withSteps(number, [{ op: STEP.replaceMissing, operand: Number(fill) }]);
}
