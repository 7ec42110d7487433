import { type Kind, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { AboveStage } from '../../stages.ts';

export const above: Kind<AboveStage> = {
  parameters: { threshold: 'number' },
  parts({ inputs, threshold }) {
    refuseUnless(!Number.isNaN(threshold), 'A stage (above) compares with what is not a number.');
    return elementwise(inputs, () => ({ compute: (x) => (x > threshold ? 1 : 0) }));
  },
};
