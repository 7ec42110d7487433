import type { SharedModel } from '../live/live-model.ts';

/** The message to a thread of the pool. The buffers are moved, not copied: the sender has them no more. */
export interface ScoringTask {
  readonly model: SharedModel;
  readonly rows: number;
  /** How many threads share the rows. */
  readonly threads: number;
  readonly numbers: Float64Array;
  readonly codes: Int32Array;
}
