import type { ValidRow } from '../../core/rows.ts';
import { type RowBuffers, allocateRows } from '../../schema/encode.ts';
import { numberSlotsOf } from '../../schema/fields.ts';
import { blockRows } from './block-rows.ts';
import type { Head, ScoreInHead } from './head.ts';
import type { Plan } from './plan.ts';

/** Rows encoded and scored at a time: enough to fill every kernel, little enough to stay in cache. */
const BLOCK_ROWS = 4096;

/** One road from encoded rows to raw scores: the kernels' or the reference's. */
export interface Scorer {
  /** Writes the raw scores of the first `rows` rows into `raw`: those of the forests that read encoded rows. */
  readonly scoreFirst: (rows: number, encoded: RowBuffers, raw: Float64Array) => void;
  readonly scoreInHead: ScoreInHead;
}

/**
 * The one road from encoded rows to the numbers of their answers, rows x shape.width. Every forest is called
 * once for any number of rows; `raw` gets the raw scores on the way.
 */
export function answerEncoded(
  head: Head,
  scorer: Scorer,
  rows: number,
  encoded: RowBuffers,
  raw: Float64Array,
): Float64Array {
  scorer.scoreFirst(rows, encoded, raw);
  return head.run(rows, encoded, raw, scorer.scoreInHead);
}

/**
 * The same from valid rows on, in blocks, each row encoded once: `rowAt` is asked for one after the other.
 * `raw` holds count x rawWidth numbers.
 */
export function answerRows(
  plan: Pick<Plan, 'encode' | 'rows' | 'head'>,
  scorer: Scorer,
  count: number,
  rowAt: (at: number) => ValidRow,
  raw: Float64Array,
): Float64Array {
  const { head, encode } = plan;
  const { rawWidth, width } = head.shape;
  const rowsMax = Math.min(count, blockRowsOf(plan));
  const outputs = new Float64Array(count * width);
  const encoded = allocateRows(plan.rows.slots, rowsMax);
  for (let first = 0; first < count; first += rowsMax) {
    const rows = Math.min(rowsMax, count - first);
    for (let at = 0; at < rows; at++) encode(rowAt(first + at), at, encoded);
    const own = raw.subarray(first * rawWidth, (first + rows) * rawWidth);
    outputs.set(answerEncoded(head, scorer, rows, encoded, own), first * width);
  }
  return outputs;
}

/** Rows of one block of `answerRows`: fewer where rows are very wide. */
export function blockRowsOf({ head, rows }: Pick<Plan, 'rows' | 'head'>): number {
  const { rawWidth, width } = head.shape;
  return blockRows(BLOCK_ROWS, numberSlotsOf(rows.slots), rawWidth, width);
}
