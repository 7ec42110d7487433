/** Numbers of the rows that are worked on at a time, of each kind (encoded, raw, answers): 32 MiB. */
const BLOCK_NUMBERS_MAX = 4 * 1024 * 1024;

/** Rows for one block, `rowsMax` unless so wide ones would take too much memory. */
export function blockRows(rowsMax: number, ...numbersOfRow: readonly number[]): number {
  const widest = Math.max(1, ...numbersOfRow);
  return Math.max(1, Math.min(rowsMax, Math.floor(BLOCK_NUMBERS_MAX / widest)));
}
