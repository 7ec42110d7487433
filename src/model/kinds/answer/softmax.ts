import type { Kind } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import { roundedExp, roundedLog } from '../../numbers/rounded.ts';
import type { SoftmaxByLogStage, SoftmaxStage } from '../../stages.ts';
import { numpySum } from '../../numbers/numpy-sum.ts';

export const softmax: Kind<SoftmaxStage> = {
  parameters: {},
  parts({ inputs }) {
    refuseUnless(inputs.length > 0, 'A stage (softmax) has no inputs.');
    return [{ inputs, results: inputs.length, compute: divideBySum }];
  },
};

export const softmaxByLog: Kind<SoftmaxByLogStage> = {
  parameters: {},
  parts({ inputs }) {
    refuseUnless(inputs.length > 0, 'A stage (softmaxByLog) has no inputs.');
    return [{ inputs, results: inputs.length, compute: subtractLogOfSum }];
  },
};

function divideBySum(x: Float64Array, y: Float64Array): void {
  exponentials(x, y);
  const sum = numpySum(y);
  for (let at = 0; at < y.length; at++) y[at]! /= sum;
}

function subtractLogOfSum(x: Float64Array, y: Float64Array): void {
  const largest = exponentials(x, y);
  const logOfSum = roundedLog(numpySum(y)) + largest;
  for (let at = 0; at < y.length; at++) y[at] = roundedExp(x[at]! - logOfSum);
}

/** exp of how far each is from the largest, which is returned: none of them overflows. */
function exponentials(x: Float64Array, y: Float64Array): number {
  let largest = x[0]!;
  for (let at = 1; at < x.length; at++) if (x[at]! > largest) largest = x[at]!;
  for (let at = 0; at < x.length; at++) y[at] = roundedExp(x[at]! - largest);
  return largest;
}
