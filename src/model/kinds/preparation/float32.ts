import { STEP } from '../../../forest/addon.ts';
import { type Kind, elementwise } from '../kind.ts';
import type { Float32Stage } from '../../stages.ts';
import { asNumber, withSteps } from '../../values.ts';

export const float32: Kind<Float32Stage> = {
  parameters: {},
  parts: ({ inputs }) =>
    elementwise(inputs, () => ({
      lower: (value, { fields }) =>
        withSteps(asNumber(value, fields, 'rounds'), [{ op: STEP.toFloat32, operand: 0 }]),
      compute: Math.fround,
    })),
};
