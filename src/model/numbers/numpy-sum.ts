/** numpy adds up to this many numbers in eight accumulators, and splits longer rows in two. */
const BLOCK = 128;
const LANES = 8;

/**
 * The sum of neighbouring numbers in numpy's own order of additions, which shows in the last bits from
 * eight numbers on (`pairwise_sum`). Along another axis than the last numpy adds one after the other.
 */
export function numpySum(row: Float64Array, start = 0, end = row.length): number {
  const length = end - start;
  if (length < LANES) {
    let sum = 0;
    for (let at = start; at < end; at++) sum += row[at]!;
    return sum;
  }
  if (length > BLOCK) {
    const half = length >> 1;
    const middle = start + half - (half % LANES);
    return numpySum(row, start, middle) + numpySum(row, middle, end);
  }
  return sumOfBlock(row, start, end);
}

/** Eight lanes in variables: one call a row, and nothing is allocated. */
function sumOfBlock(row: Float64Array, start: number, end: number): number {
  let [a, b, c, d] = [row[start]!, row[start + 1]!, row[start + 2]!, row[start + 3]!];
  let [e, f, g, h] = [row[start + 4]!, row[start + 5]!, row[start + 6]!, row[start + 7]!];
  const whole = end - ((end - start) % LANES);
  for (let at = start + LANES; at < whole; at += LANES) {
    a += row[at]!;
    b += row[at + 1]!;
    c += row[at + 2]!;
    d += row[at + 3]!;
    e += row[at + 4]!;
    f += row[at + 5]!;
    g += row[at + 6]!;
    h += row[at + 7]!;
  }
  let sum = a + b + (c + d) + (e + f + (g + h));
  for (let at = whole; at < end; at++) sum += row[at]!;
  return sum;
}
