import type { RefusedRawRow } from '../walked-rows.ts';

/**
 * Rows of a range: large enough for COPY to pay, small beside the writer's buffer. It is the unit of work: what
 * one process takes, what commits in one piece, and what a kill can cost.
 */
export const RANGE_ROWS = 8_192;
/** Refused rows that are named one by one; the others are only counted. */
export const REFUSED_NAMED_MAX = 20;

/** - running   ranges are left.
 *  - done      every range is committed.
 *  - replaced  a later run scores the same rows anew; nobody works on this one any more. */
export type RunState = 'running' | 'done' | 'replaced';

/** Outcomes carry its name and digest; the digest alone says which model it is. */
export interface RunModel {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
}

export interface Run {
  readonly id: number;
  readonly rawTable: string;
  readonly model: RunModel;
  readonly state: RunState;
}

/** The whole table, or ids in ascending order, each once. */
export type Selection = 'all' | Float64Array;

/** A range that this process has taken. */
export interface TakenRange {
  readonly runId: number;
  readonly number: number;
  readonly ids: readonly number[];
}

/** The rows of a run's committed ranges, by result. */
export interface RunTotals {
  readonly read: number;
  readonly stored: number;
  readonly refused: number;
  /** The first of the refused rows. */
  readonly named: readonly RefusedRawRow[];
}

/** A run at its end. */
export interface ScoredRun {
  readonly rawTable: string;
  /** Rows that were to be scored. */
  readonly rows: number;
  readonly totals: RunTotals;
}
