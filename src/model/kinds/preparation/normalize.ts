import { type Kind, checkWord } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { NormalizeStage } from '../../stages.ts';

const NORMS: Readonly<Record<NormalizeStage['norm'], (x: Float64Array) => number>> = {
  l1: (x) => {
    let sum = 0;
    for (let at = 0; at < x.length; at++) sum += Math.abs(x[at]!);
    return sum;
  },
  l2: (x) => {
    let sum = 0;
    for (let at = 0; at < x.length; at++) sum += x[at]! * x[at]!;
    return Math.sqrt(sum);
  },
  max: (x) => {
    let largest = x[0]!;
    for (let at = 1; at < x.length; at++) if (x[at]! > largest) largest = x[at]!;
    return largest;
  },
  absmax: (x) => {
    let largest = 0;
    for (let at = 0; at < x.length; at++)
      if (Math.abs(x[at]!) > largest) largest = Math.abs(x[at]!);
    return largest;
  },
};

export const normalize: Kind<NormalizeStage> = {
  parameters: { norm: 'text', negligible: 'number' },
  parts(stage) {
    const { inputs, negligible } = stage;
    checkWord(stage, 'norm', stage.norm, Object.keys(NORMS));
    refuseUnless(inputs.length > 0, 'A stage (normalize) has no inputs.');
    const normOf = NORMS[stage.norm];
    const compute = (x: Float64Array, y: Float64Array): void => {
      const norm = normOf(x);
      // A row of zeros stays one. The maximum of old versions may be negative, and divides as it is.
      const divisor = norm === 0 || norm < negligible ? 1 : norm;
      for (let at = 0; at < x.length; at++) y[at] = x[at]! / divisor;
    };
    return [{ inputs, results: inputs.length, compute }];
  },
};
