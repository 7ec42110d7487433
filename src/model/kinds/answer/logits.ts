import { type Kind, checkWord, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import { roundedExp, roundedLog } from '../../numbers/rounded.ts';
import type { CentredLogsStage, LogitStage } from '../../stages.ts';
import { numpySum } from '../../numbers/numpy-sum.ts';

export const logit: Kind<LogitStage> = {
  parameters: { form: 'text' },
  parts(stage) {
    const { inputs, form } = stage;
    checkWord(stage, 'form', form, ['quotient', 'central']);
    return elementwise(inputs, () => ({ compute: (x) => logitOf(x, form) }));
  },
};

export const centredLogs: Kind<CentredLogsStage> = {
  parameters: {},
  parts({ inputs }) {
    refuseUnless(inputs.length > 0, 'A stage (centredLogs) has no inputs.');
    return [{ inputs, results: inputs.length, compute: centredLogsOf }];
  },
};

/** Near one half scipy's newer logit subtracts two logarithms, which loses less there. */
export function logitOf(x: number, form: LogitStage['form']): number {
  if (form === 'quotient' || x < 0.3 || x > 0.65) return roundedLog(x / (1 - x));
  const s = 2 * (x - 0.5);
  // glibc's log1p and V8's are both fdlibm's.
  return Math.log1p(s) - Math.log1p(-s);
}

/** log(x / the geometric mean of all), the mean being exp of the mean of logarithms. */
export function centredLogsOf(x: Float64Array, y: Float64Array): void {
  for (let at = 0; at < x.length; at++) y[at] = roundedLog(x[at]!);
  const mean = roundedExp(numpySum(y) / x.length);
  for (let at = 0; at < x.length; at++) y[at] = roundedLog(x[at]! / mean);
}
