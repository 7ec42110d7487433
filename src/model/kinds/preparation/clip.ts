import { type Kind, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { ClipStage } from '../../stages.ts';

export const clip: Kind<ClipStage> = {
  parameters: { minimum: 'number', maximum: 'number' },
  parts({ inputs, minimum, maximum }) {
    refuseUnless(minimum <= maximum, `A stage (clip) goes from ${minimum} to ${maximum}.`);
    // Comparisons, not Math.min and Math.max: a missing value stays one either way, and so does -0.
    const compute = (x: number): number => (x < minimum ? minimum : x > maximum ? maximum : x);
    return elementwise(inputs, () => ({ compute }));
  },
};
