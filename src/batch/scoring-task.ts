import type { ForestUse } from '../forest/score-forests.ts';

/** What a scoring thread is sent. The buffers are moved, not copied: the sender has them no more. */
export interface ScoringTask {
  readonly forests: readonly ForestUse[];
  readonly rows: number;
  readonly rawWidth: number;
  readonly numbers: Float64Array;
  readonly codes: Int32Array;
}
