import { setTimeout as delay } from 'node:timers/promises';

import { ThicketError } from '../../core/errors.ts';
import { readAhead } from '../../core/read-ahead.ts';
import type { IdentifiedRow, RawRows } from '../../data/raw-rows.ts';
import type { Guard } from '../../store/outcomes/guard.ts';
import type { OutcomeDraft } from '../../store/outcomes/outcome-writer.ts';
import type { Store } from '../../store/store.ts';
import type { Scoring } from '../scoring.ts';
import { progressOf } from './progress.ts';
import { commitRange, committing, endRun, takeRange } from './ranges.ts';
import type { Run, TakenRange } from './run.ts';

/** Without a committed range for so long, the work ends: the store is away, or takes no writes. */
const STUCK_MS_MAX = 60_000;
/** Between tries while the store is away, and while another process commits the last range. */
const RETRY_MS = 250;
/** Between looks at the progress: they count the ranges of the run. */
const PROGRESS_MS = 1_000;

export interface RunSurroundings {
  readonly store: Store;
  readonly scoring: Pick<Scoring, 'scoreRawRows'>;
  readonly rawRows: Pick<RawRows, 'byIds'>;
  readonly write: (drafts: readonly OutcomeDraft[], guard: Guard) => Promise<unknown>;
  /** User, machine and process, for people. */
  readonly by: string;
  /** Called now and then, with the share of the run that is committed, whoever works on it. */
  readonly onProgress: (share: number) => void;
}

interface ReadRange {
  readonly range: TakenRange;
  readonly rows: readonly IdentifiedRow[];
}

/**
 * Scores ranges of a run until none is left, and ends it. Others may do the same at the same time. A store that goes
 * away is waited for; a range whose commit is not known to have happened is done again, and its guard decides.
 * @throws {ThicketError} STORE_UNAVAILABLE when it is away for too long, and RUN_REFUSED when the run was replaced. The
 * run can be gone on with.
 */
export async function workOnRun(run: Run, around: RunSurroundings): Promise<void> {
  let workedAt = performance.now();
  for (;;) {
    try {
      await scoreRanges(run, around, () => (workedAt = performance.now()));
      const state = await endRun(around.store, run);
      if (state === 'done') return;
      if (state === 'replaced') {
        const sentence = `run ${run.id} was replaced: a later run scores its rows anew`;
        throw new ThicketError('RUN_REFUSED', sentence);
      }
    } catch (error) {
      if (!isWorthWaiting(error) || performance.now() - workedAt > STUCK_MS_MAX) throw error;
    }
    await delay(RETRY_MS);
  }
}

async function scoreRanges(run: Run, around: RunSurroundings, onWorked: () => void): Promise<void> {
  const mine = new Set<number>();
  let saidAt = performance.now();
  for await (const { range, rows } of readAhead(takeAndRead(run, around, mine))) {
    await scoreRange(range, rows, around);
    mine.delete(range.number);
    onWorked();
    if (performance.now() - saidAt < PROGRESS_MS) continue;
    saidAt = performance.now();
    around.onProgress((await progressOf(around.store, run)).share);
  }
}

async function* takeAndRead(
  run: Run,
  { store, rawRows }: RunSurroundings,
  mine: Set<number>,
): AsyncGenerator<ReadRange> {
  for (;;) {
    const range = await takeRange(store, run, mine);
    if (range === null) return;
    mine.add(range.number);
    const found = await rawRows.byIds(range.ids);
    const rows = range.ids.flatMap((id) => (found.has(id) ? [{ id, values: found.get(id)! }] : []));
    yield { range, rows };
  }
}

async function scoreRange(
  range: TakenRange,
  rows: readonly IdentifiedRow[],
  { store, scoring, write, by }: RunSurroundings,
): Promise<void> {
  await scoring.scoreRawRows(rows, async (drafts, refused) => {
    const counts = { read: rows.length, stored: drafts.length, refused };
    if (drafts.length === 0) await store.query((sql) => commitRange(sql, range, counts, by));
    else {
      const ofRun = drafts.map((draft) => ({ ...draft, runId: range.runId }));
      await write(ofRun, committing(range, counts, by));
    }
  });
}

function isWorthWaiting(error: unknown): boolean {
  if (!(error instanceof ThicketError)) return false;
  return error.code === 'STORE_UNAVAILABLE' || error.code === 'QUEUE_FULL';
}
