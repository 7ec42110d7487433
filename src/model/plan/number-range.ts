import { STEP } from '../../forest/addon.ts';
import { type Step, runSteps } from '../values.ts';

export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

export const FINITE_DOUBLES: NumberRange = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };

/**
 * The outermost finite doubles that stay finite through the steps: beyond them the source library
 * raises. Each step is monotone, so that the finite doubles form an interval whose ends bisection
 * finds. `null` where no double stays finite.
 */
export function finiteRange(steps: readonly Step[]): NumberRange | null {
  const rising = steps.reduce((rises, step) => (turnsAround(step) ? !rises : rises), true);
  const belowTop = (x: number): boolean => runSteps(x, steps) <= Number.MAX_VALUE;
  const aboveBottom = (x: number): boolean => runSteps(x, steps) >= -Number.MAX_VALUE;
  const max = lastThatHolds(FINITE_DOUBLES.max, rising ? belowTop : aboveBottom);
  const min = lastThatHolds(FINITE_DOUBLES.max, (x) => (rising ? aboveBottom : belowTop)(-x));
  return max === null || min === null || -min > max ? null : { min: -min, max };
}

function turnsAround({ op, operand }: Step): boolean {
  return (op === STEP.divide || op === STEP.multiply) && operand < 0;
}

/** The largest double up to `top` for which `holds`, which is true below some point and false above. */
function lastThatHolds(top: number, holds: (x: number) => boolean): number | null {
  if (holds(top)) return top;
  let good = -Number.MAX_VALUE;
  if (!holds(good)) return null;
  let bad = top;
  for (;;) {
    const middle = between(good, bad);
    if (middle <= good || middle >= bad) return good;
    if (holds(middle)) good = middle;
    else bad = middle;
  }
}

/**
 * A double between two, or one of them where they are neighbours. First their magnitudes are halved,
 * then what lies between: 64 steps find any double.
 */
function between(low: number, high: number): number {
  if (low < 0) return high > 0 ? 0 : -between(-high, -low);
  if (high / 2 <= low) return low + (high - low) / 2;
  return Math.sqrt(Math.max(low, Number.MIN_VALUE)) * Math.sqrt(high);
}
