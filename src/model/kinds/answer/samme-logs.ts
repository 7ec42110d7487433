import type { Kind } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import { roundedLog } from '../../numbers/rounded.ts';
import type { SammeLogsStage } from '../../stages.ts';
import { numpySum } from '../../numbers/numpy-sum.ts';

export const sammeLogs: Kind<SammeLogsStage> = {
  parameters: {},
  parts({ inputs }) {
    refuseUnless(inputs.length > 1, 'A stage (sammeLogs) has fewer than two inputs.');
    return [{ inputs, results: inputs.length, compute: symmetricLogs }];
  },
};

/** The terms of AdaBoost's SAMME.R sum: (K - 1) * (log p - the mean of the K logs), p no less than epsilon. */
export function symmetricLogs(x: Float64Array, y: Float64Array): void {
  for (let at = 0; at < x.length; at++) y[at] = roundedLog(Math.max(x[at]!, Number.EPSILON));
  const mean = (1 / x.length) * numpySum(y);
  for (let at = 0; at < x.length; at++) y[at] = (x.length - 1) * (y[at]! - mean);
}
