import type { ForestHandle } from '../forest/addon.ts';

/** What a scoring thread is sent. The buffers are moved, not copied: the sender has them no more. */
export interface ScoringTask {
  readonly forest: ForestHandle;
  readonly rows: number;
  readonly rawWidth: number;
  readonly numbers: Float64Array;
  readonly codes: Int32Array;
}
