import { type Kind, checkFinite, checkLength, checkWord, elementwise } from '../kind.ts';
import { roundedExpm1, roundedLog, roundedLog1p, roundedPower } from '../rounded.ts';
import type { PowerForm, PowerStage } from '../stages.ts';

/** The function of one exponent; what the exponent decides is decided once. */
const FORMS: Readonly<Record<PowerForm, (lambda: number) => (x: number) => number>> = {
  'box-cox': boxCox,
  'yeo-johnson': (lambda) => yeoJohnson(lambda, powerOf),
  'yeo-johnson-expm1': (lambda) => yeoJohnson(lambda, powerByLogarithm),
};

/** Exponents so near to 0 (to 2, for negative numbers) take the limit, a logarithm. */
const LIMIT_BELOW = Number.EPSILON;
const BOX_COX_LIMIT_BELOW = 1e-19;

export const power: Kind<PowerStage> = {
  parameters: { lambdas: 'numbers', form: 'text' },
  parts(stage) {
    checkWord(stage, 'form', stage.form, Object.keys(FORMS));
    checkLength(stage, 'lambdas', stage.lambdas);
    checkFinite(stage, 'lambdas', stage.lambdas);
    return elementwise(stage.inputs, (at) => ({
      compute: FORMS[stage.form](stage.lambdas[at]!),
    }));
  },
};

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
