import { expect, test } from 'vitest';
import { STEP } from '../../src/forest/addon.ts';
import { finiteRange } from '../../src/model/plan/number-range.ts';
import { type Step, runSteps } from '../../src/model/values.ts';
import { seededRandom } from './random.ts';

/** The double beside x: the next larger one, or the next smaller. */
function neighbour(x: number, upwards: boolean): number {
  if (x === 0) return upwards ? Number.MIN_VALUE : -Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(x).buffer);
  bits[0]! += upwards === x > 0 ? 1n : -1n;
  return new Float64Array(bits.buffer)[0]!;
}

const OPS = [STEP.subtract, STEP.divide, STEP.multiply, STEP.add, STEP.toFloat32];

/** Steps of any magnitude, whose ranges end anywhere among the doubles. */
function someSteps(random: () => number): Step[] {
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
    const size = 10 ** (random() * 600 - 300);
    const op = OPS[Math.floor(random() * OPS.length)]!;
    return { op, operand: random() < 0.5 ? -size : size };
  });
}

test('a range ends at the last doubles that stay finite, whatever the steps', () => {
  const random = seededRandom(3);
  let ends = 0;
  for (let round = 0; round < 3_000; round++) {
    const steps = someSteps(random);
    const range = finiteRange(steps);
    const isFinite = (x: number): boolean => Number.isFinite(runSteps(x, steps));
    if (range === null) {
      expect([0, 1, -1].some(isFinite), JSON.stringify(steps)).toBe(false);
      continue;
    }
    const { min, max } = range;
    expect([min, max].map(isFinite), JSON.stringify(steps)).toEqual([true, true]);
    if (max < Number.MAX_VALUE) expect(isFinite(neighbour(max, true))).toBe(false);
    if (min > -Number.MAX_VALUE) expect(isFinite(neighbour(min, false))).toBe(false);
    if (max < Number.MAX_VALUE || min > -Number.MAX_VALUE) ends++;
  }
  expect(ends).toBeGreaterThan(1_000);
});
