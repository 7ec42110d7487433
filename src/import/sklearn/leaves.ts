/**
 * Before 1.4 a classifier's tree stored (weighted) counts of training rows, and every prediction
 * divided a leaf's counts by their sum, taken as 1 where it is 0. The same division is done here once.
 */
export function normalizeLeaves(
  leafValues: Float64Array,
  classCounts: readonly number[],
  stride: number,
): void {
  for (let start = 0; start < leafValues.length; start += stride) {
    const output = (start / stride) % classCounts.length;
    const row = leafValues.subarray(start, start + classCounts[output]!);
    const sum = numpySum(row);
    const divisor = sum === 0 ? 1 : sum;
    for (let at = 0; at < row.length; at++) row[at] = row[at]! / divisor;
  }
}

/** numpy adds up to this many numbers in eight accumulators, and splits longer rows in two. */
const BLOCK = 128;
const LANES = 8;

/** The sum in numpy's own order of additions, which shows in the last bits from eight numbers on. */
export function numpySum(row: Float64Array): number {
  if (row.length < LANES) return row.reduce((sum, value) => sum + value, 0);
  if (row.length > BLOCK) {
    const half = Math.floor(row.length / 2);
    const cut = half - (half % LANES);
    return numpySum(row.subarray(0, cut)) + numpySum(row.subarray(cut));
  }
  const lanes = row.slice(0, LANES);
  const whole = row.length - (row.length % LANES);
  for (let at = LANES; at < whole; at++) lanes[at % LANES]! += row[at]!;
  const [a, b, c, d, e, f, g, h] = lanes as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  let sum = a + b + (c + d) + (e + f + (g + h));
  for (let at = whole; at < row.length; at++) sum += row[at]!;
  return sum;
}
