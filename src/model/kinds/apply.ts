import { type Kind, checkWord, elementwise } from '../kind.ts';
import { roundedExp, roundedExp2, roundedLog } from '../rounded.ts';
import type { AppliedFunction, ApplyStage } from '../stages.ts';

/** By numpy's names. Square roots, squares and absolute values are exact; the others are not. */
const FUNCTIONS: Readonly<Record<AppliedFunction, (x: number) => number>> = {
  absolute: Math.abs,
  exp: roundedExp,
  exp2: roundedExp2,
  expm1: Math.expm1,
  log: roundedLog,
  log10: Math.log10,
  log1p: Math.log1p,
  log2: Math.log2,
  sqrt: Math.sqrt,
  square: (x) => x * x,
};

export const apply: Kind<ApplyStage> = {
  parameters: { function: 'text' },
  parts(stage) {
    checkWord(stage, 'function', stage.function, Object.keys(FUNCTIONS));
    const compute = FUNCTIONS[stage.function];
    return elementwise(stage.inputs, () => ({ compute }));
  },
};
