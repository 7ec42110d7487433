import { type Kind, checkFinite, checkLength, checkWord, elementwise } from '../kind.ts';
import type { FromPowerStage, PowerStage } from '../../stages.ts';

/** Exponents so near to 0 (to 2, for negative numbers) take the limit: a logarithm, or an exponential. */
export const LIMIT_BELOW = Number.EPSILON;

/** A function of one exponent; what the exponent decides is decided once. */
export type FormOfExponent = (lambda: number) => (x: number) => number;

/** The kind of stage whose inputs go through one of these forms, each with an exponent of its own. */
export function byExponent<S extends PowerStage | FromPowerStage>(
  forms: Readonly<Record<S['form'], FormOfExponent>>,
): Kind<PowerStage | FromPowerStage> {
  return {
    parameters: { lambdas: 'numbers', form: 'text' },
    parts(stage) {
      checkWord(stage, 'form', stage.form, Object.keys(forms));
      checkLength(stage, 'lambdas', stage.lambdas);
      checkFinite(stage, 'lambdas', stage.lambdas);
      const form = forms[stage.form as S['form']];
      return elementwise(stage.inputs, (at) => ({ compute: form(stage.lambdas[at]!) }));
    },
  };
}
