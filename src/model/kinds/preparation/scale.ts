import { STEP } from '../../../forest/addon.ts';
import { type Kind, checkFinite, checkLength, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { ScaleStage } from '../../stages.ts';
import { type Step, asNumber, runSteps, withSteps } from '../../values.ts';

export const scale: Kind<ScaleStage> = {
  parameters: {
    offsets: 'numbers?',
    divisors: 'numbers?',
    factors: 'numbers?',
    shifts: 'numbers?',
  },
  parts(stage) {
    const lists = ['offsets', 'divisors', 'factors', 'shifts'] as const;
    for (const name of lists) {
      checkLength(stage, name, stage[name]);
      checkFinite(stage, name, stage[name]);
    }
    refuseUnless(stage.divisors?.includes(0) !== true, 'A stage (scale) divides by 0.');
    return elementwise(stage.inputs, (at) => {
      const steps = stepsOf(stage, at);
      return {
        lower: (value, { fields }) => withSteps(asNumber(value, fields, 'scales'), steps),
        compute: (x) => runSteps(x, steps),
      };
    });
  },
};

function stepsOf({ offsets, divisors, factors, shifts }: ScaleStage, at: number): Step[] {
  const steps: Step[] = [];
  if (offsets !== null) steps.push({ op: STEP.subtract, operand: offsets[at]! });
  if (divisors !== null) steps.push({ op: STEP.divide, operand: divisors[at]! });
  if (factors !== null) steps.push({ op: STEP.multiply, operand: factors[at]! });
  if (shifts !== null) steps.push({ op: STEP.add, operand: shifts[at]! });
  return steps;
}
