import type { Kind } from '../kind.ts';
import { roundedExpm1, roundedLog, roundedLog1p, roundedPower } from '../../numbers/rounded.ts';
import type { PowerStage } from '../../stages.ts';
import { LIMIT_BELOW, byExponent } from './by-exponent.ts';

/** The same for Box-Cox, as scipy has it. */
const BOX_COX_LIMIT_BELOW = 1e-19;

export const power: Kind<PowerStage> = byExponent<PowerStage>({
  'box-cox': boxCox,
  'yeo-johnson': (lambda) => yeoJohnson(lambda, powerOf),
  'yeo-johnson-expm1': (lambda) => yeoJohnson(lambda, powerByLogarithm),
});

function boxCox(lambda: number): (x: number) => number {
  if (Math.abs(lambda) < BOX_COX_LIMIT_BELOW) return roundedLog;
  return (x) => roundedExpm1(lambda * roundedLog(x)) / lambda;
}

/** ((x + 1) ** lambda - 1) / lambda for x >= 0; mirrored, with the exponent 2 - lambda, below. */
function yeoJohnson(
  lambda: number,
  of: (x: number, lambda: number) => number,
): (x: number) => number {
  const mirrored = 2 - lambda;
  const above = Math.abs(lambda) < LIMIT_BELOW ? roundedLog1p : (x: number) => of(x, lambda);
  const below = Math.abs(lambda - 2) > LIMIT_BELOW ? (x: number) => of(x, mirrored) : roundedLog1p;
  return (x) => (x >= 0 ? above(x) : -below(-x));
}

function powerOf(x: number, lambda: number): number {
  return (roundedPower(x + 1, lambda) - 1) / lambda;
}

function powerByLogarithm(x: number, lambda: number): number {
  return roundedExpm1(lambda * roundedLog1p(x)) / lambda;
}
