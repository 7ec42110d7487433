import { expect, test } from 'vitest';

import { roundToHundredths } from '../../src/http/profiles/round.ts';

// The right column is what CPython 3.11 prints for round(value, 2).
test.each([
  [0.125, 0.12],
  [0.375, 0.38],
  [0.625, 0.62],
  [0.875, 0.88],
  [-0.125, -0.12],
  [-0.375, -0.38],
  [1.125, 1.12],
  [1_048_576.375, 1_048_576.38],
  [562_949_953_421_311.125, 562_949_953_421_311.1],
  [2.675, 2.67],
  [1.005, 1],
  [0.285, 0.28],
  [32.5, 32.5],
  [-12.349999999999998, -12.35],
  [0.004999999999999999, 0],
  [1e300, 1e300],
  [0, 0],
])('%d becomes %d', (value, rounded) => {
  expect(roundToHundredths(value)).toBe(rounded);
});
