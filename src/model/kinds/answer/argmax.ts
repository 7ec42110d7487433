import type { Kind } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { ArgmaxStage } from '../../stages.ts';

export const argmax: Kind<ArgmaxStage> = {
  parameters: {},
  parts({ inputs }) {
    refuseUnless(inputs.length > 0, 'A stage (argmax) has no inputs.');
    return [{ inputs, results: 1, compute: (x, y) => void (y[0] = firstLargest(x)) }];
  },
};

/** As numpy's argmax: the first of equals, and the first NaN before any number. */
export function firstLargest(values: Float64Array): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) {
    if (Number.isNaN(values[best]!)) return best;
    if (values[at]! > values[best]! || Number.isNaN(values[at]!)) best = at;
  }
  return best;
}
