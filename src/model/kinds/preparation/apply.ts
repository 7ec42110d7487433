import { type Kind, checkWord, elementwise } from '../kind.ts';
import {
  roundedExp,
  roundedExp2,
  roundedExpm1,
  roundedLog,
  roundedLog10,
  roundedLog1p,
  roundedLog2,
} from '../../numbers/rounded.ts';
import type { AppliedFunction, ApplyStage } from '../../stages.ts';

/** By numpy's names. Square roots, squares and absolute values are exact everywhere, the others only here. */
const FUNCTIONS: Readonly<Record<AppliedFunction, (x: number) => number>> = {
  absolute: Math.abs,
  exp: roundedExp,
  exp2: roundedExp2,
  expm1: roundedExpm1,
  log: roundedLog,
  log10: roundedLog10,
  log1p: roundedLog1p,
  log2: roundedLog2,
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
