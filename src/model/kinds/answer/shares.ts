import { type Kind, checkWord } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { SharesStage } from '../../stages.ts';
import { numpySum } from '../../numbers/numpy-sum.ts';

export const shares: Kind<SharesStage> = {
  parameters: { order: 'text', ofZero: 'text' },
  parts(stage) {
    const { inputs, order, ofZero } = stage;
    checkWord(stage, 'order', order, ['pairwise', 'sequential']);
    checkWord(stage, 'ofZero', ofZero, ['equal', 'kept', 'missing']);
    refuseUnless(inputs.length > 0, 'A stage (shares) has no inputs.');
    const sumOf = order === 'pairwise' ? numpySum : sumInOrder;
    const compute = (x: Float64Array, y: Float64Array): void => {
      const sum = sumOf(x);
      if (sum === 0 && ofZero === 'equal') y.fill(1 / x.length);
      else if (sum === 0 && ofZero === 'kept') y.set(x);
      else for (let at = 0; at < x.length; at++) y[at] = x[at]! / sum;
    };
    return [{ inputs, results: inputs.length, compute }];
  },
};

function sumInOrder(x: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < x.length; at++) sum += x[at]!;
  return sum;
}
