/** Of two hundredths equally near, the even one: by the odd eighth that lies between them. */
const EVEN_HUNDREDTHS: Readonly<Record<number, string>> = { 1: '12', 3: '38', 5: '62', 7: '88' };

/**
 * `value` with two decimals as Python's `round(value, 2)` gives it: the nearest to the double's exact
 * value, and of two equally near the even one. `toFixed` does the first, and rounds ties away from 0.
 */
export function roundToHundredths(value: number): number {
  const magnitude = Math.abs(value);
  // A double is a binary fraction: it lies exactly between two hundredths only at an odd eighth.
  const hundredths = EVEN_HUNDREDTHS[(magnitude * 8) % 8];
  if (hundredths === undefined) return Number(value.toFixed(2));
  return Math.sign(value) * Number(`${Math.floor(magnitude)}.${hundredths}`);
}
