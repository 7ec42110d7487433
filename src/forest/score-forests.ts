import type { Addon, ForestHandle } from './addon.ts';

/** One of the forests that score the same encoded rows side by side. */
export interface ForestUse {
  readonly handle: ForestHandle;
  readonly outputs: number;
}

/**
 * Raw scores of several forests side by side, row-major: `score` writes those of forest number `at`,
 * rows x its outputs, into the array that it is given.
 */
export function scoreSideBySide(
  outputs: readonly number[],
  rows: number,
  raw: Float64Array,
  score: (at: number, into: Float64Array) => void,
): void {
  const width = outputs.reduce((sum, count) => sum + count, 0);
  let first = 0;
  outputs.forEach((count, at) => {
    const own = new Float64Array(rows * count);
    score(at, own);
    for (let row = 0; row < rows; row++) {
      for (let output = 0; output < count; output++) {
        raw[row * width + first + output] = own[row * count + output]!;
      }
    }
    first += count;
  });
}

export function scoreForests(
  score: Addon['scoreRows'],
  forests: readonly ForestUse[],
  rows: number,
  encoded: { readonly numbers: Float64Array; readonly codes: Int32Array },
  raw: Float64Array,
): void {
  const { numbers, codes } = encoded;
  const [first] = forests;
  // Most models have one forest: nothing is copied, and nothing allocated for a row that comes alone.
  if (first !== undefined && forests.length === 1) {
    score(first.handle, rows, numbers, codes, raw);
    return;
  }
  const outputs = forests.map((forest) => forest.outputs);
  scoreSideBySide(outputs, rows, raw, (at, into) =>
    score(forests[at]!.handle, rows, numbers, codes, into),
  );
}
