import { type Kind, elementwise } from '../kind.ts';
import { sigmoid as sigmoidOf } from '../../numbers/rounded.ts';
import type { SigmoidStage } from '../../stages.ts';

export const sigmoid: Kind<SigmoidStage> = {
  parameters: {},
  parts: ({ inputs }) => elementwise(inputs, () => ({ compute: sigmoidOf })),
};
