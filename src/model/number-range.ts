import { STEP } from '../forest/addon.ts';
import { type Step, runSteps } from './values.ts';

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
  let good = rankOf(-Number.MAX_VALUE);
  if (!holds(doubleOf(good))) return null;
  let bad = rankOf(top);
  while (bad - good > 1n) {
    const middle = (good + bad) / 2n;
    if (holds(doubleOf(middle))) good = middle;
    else bad = middle;
  }
  return doubleOf(good);
}

const scratch = new DataView(new ArrayBuffer(8));
const SIGN_RANK = 1n << 63n;

/** Doubles in their order as whole numbers from 0: neighbours differ by one. */
function rankOf(x: number): bigint {
  scratch.setFloat64(0, x);
  const bits = scratch.getBigUint64(0);
  return bits >= SIGN_RANK ? 2n * SIGN_RANK - 1n - bits : bits + SIGN_RANK;
}

function doubleOf(rank: bigint): number {
  scratch.setBigUint64(0, rank >= SIGN_RANK ? rank - SIGN_RANK : 2n * SIGN_RANK - 1n - rank);
  return scratch.getFloat64(0);
}
