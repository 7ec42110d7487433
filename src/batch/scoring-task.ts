import type { ForestUse } from '../forest/score-forests.ts';

/** What a thread of the pool is sent. The buffers are moved, not copied: the sender has them no more. */
export interface ScoringTask {
  readonly forests: readonly ForestUse[];
  readonly rows: number;
  readonly rawWidth: number;
  /** How many threads share the rows. */
  readonly threads: number;
  readonly numbers: Float64Array;
  readonly codes: Int32Array;
}
