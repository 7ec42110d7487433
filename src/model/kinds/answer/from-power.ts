import type { Kind } from '../kind.ts';
import { roundedExp } from '../../numbers/rounded.ts';
import type { FromPowerStage } from '../../stages.ts';
import { LIMIT_BELOW, byExponent } from '../preparation/by-exponent.ts';

export const fromPower: Kind<FromPowerStage> = byExponent<FromPowerStage>({
  'box-cox': fromBoxCox,
  'box-cox-log1p': fromBoxCoxByLogarithm,
  'yeo-johnson': fromYeoJohnson,
});

function fromBoxCox(lambda: number): (x: number) => number {
  return lambda === 0 ? roundedExp : (x) => Math.pow(x * lambda + 1, 1 / lambda);
}

function fromBoxCoxByLogarithm(lambda: number): (x: number) => number {
  return lambda === 0 ? roundedExp : (x) => roundedExp(Math.log1p(lambda * x) / lambda);
}

/** The mirror image, with the exponent 2 - lambda, stands for numbers below 0. */
function fromYeoJohnson(lambda: number): (x: number) => number {
  const mirrored = 2 - lambda;
  const above =
    Math.abs(lambda) < LIMIT_BELOW
      ? (x: number) => roundedExp(x) - 1
      : (x: number) => Math.pow(x * lambda + 1, 1 / lambda) - 1;
  const below =
    Math.abs(lambda - 2) > LIMIT_BELOW
      ? (x: number) => 1 - Math.pow(-mirrored * x + 1, 1 / mirrored)
      : (x: number) => 1 - roundedExp(-x);
  return (x) => (x >= 0 ? above(x) : below(x));
}
