/** How many of the ascending numbers are at most `x`: numpy's `searchsorted` with `side="right"`. */
export function countAtOrBelow(ascending: Float64Array, x: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x >= ascending[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}
