import { numpySum } from '../../../model/numbers/numpy-sum.ts';

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
