import type { OutcomeDraft } from '../store/outcomes/outcome-writer.ts';

/** A stored row that the model does not take. */
export interface RefusedRawRow {
  readonly rawId: number;
  readonly reason: string;
}

/** Stores the outcomes in one piece, with what is known of the rows that have none. */
export type StoreScored = (
  drafts: readonly OutcomeDraft[],
  refused: readonly RefusedRawRow[],
) => Promise<unknown>;

export interface ScoredRawRows {
  readonly stored: number;
  readonly refused: readonly RefusedRawRow[];
}
