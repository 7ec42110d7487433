import type { Kind } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { ProductStage } from '../../stages.ts';

export const product: Kind<ProductStage> = {
  parameters: {},
  parts({ inputs }) {
    refuseUnless(inputs.length % 2 === 0, 'A stage (product) has an input without another.');
    return Array.from({ length: inputs.length / 2 }, (_, pair) => ({
      inputs: inputs.slice(2 * pair, 2 * pair + 2),
      results: 1,
      compute: (x, y) => {
        y[0] = x[0]! * x[1]!;
      },
    }));
  },
};
