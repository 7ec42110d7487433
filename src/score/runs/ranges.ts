import type { Sql } from '../../store/client.ts';
import type { Guard } from '../../store/outcomes/guard.ts';
import type { Store } from '../../store/store.ts';
import type { RefusedRawRow } from '../walked-rows.ts';
import { idsOf } from './id-set.ts';
import { REFUSED_NAMED_MAX, type Run, type RunState, type TakenRange } from './run.ts';

/** The rows of one range, by result. */
export interface RangeCounts {
  readonly read: number;
  readonly stored: number;
  readonly refused: readonly RefusedRawRow[];
}

/**
 * Takes the next range of a run; null where none is left for this process. Ranges that nobody has taken come first.
 * Then those that others have taken and not committed come again: their process may have been killed, and where it
 * lives the first of the two to commit wins. So a claim needs no time to run out, and costs at most a range twice.
 * @param mine Numbers of ranges that this process works on now.
 */
export async function takeRange(
  store: Store,
  run: Run,
  mine: ReadonlySet<number>,
): Promise<TakenRange | null> {
  const [taken] = await store.query(
    (sql) => sql<{ number: number; ids: string }[]>`
      update score_ranges set claims = claims + 1, claimed_at = now()
      where run_id = ${run.id} and done_at is null and number = (
        select number from score_ranges join score_runs on id = run_id
        where run_id = ${run.id} and state = 'running' and done_at is null
          and number <> all(${`{${[...mine].join(',')}}`}::text::int[])
        order by claims, number limit 1
        for update of score_ranges skip locked)
      returning number, ids::text as ids`,
  );
  if (taken === undefined) return null;
  return { runId: run.id, number: taken.number, ids: idsOf(taken.ids) };
}

/** Keeps the outcomes of a range where nobody has committed it before, and commits it with them. */
export function committing(range: TakenRange, counts: RangeCounts, by: string): Guard {
  return async (tx, rows) => ((await commitRange(tx, range, counts, by)) ? rows : []);
}

/** @returns False where somebody has committed it before. */
export async function commitRange(
  sql: Sql,
  { runId, number }: TakenRange,
  { read, stored, refused }: RangeCounts,
  by: string,
): Promise<boolean> {
  const named = JSON.stringify(refused.slice(0, REFUSED_NAMED_MAX));
  const done = await sql`
    update score_ranges set done_at = now(), done_by = ${by}, rows_read = ${read},
      rows_stored = ${stored}, rows_refused = ${refused.length}, refused = ${named}::text::jsonb
    where run_id = ${runId} and number = ${number} and done_at is null`;
  return done.count === 1;
}

/** Ends a run whose ranges are all committed. @returns Its state now. */
export async function endRun(store: Store, run: Run): Promise<RunState> {
  return store.transaction(async (tx) => {
    // A call that adds ranges locks this row first.
    const [locked] = await tx<{ state: RunState }[]>`
      select state from score_runs where id = ${run.id} for update`;
    const state = locked?.state ?? 'replaced';
    if (state !== 'running') return state;
    const ended = await tx`
      update score_runs set state = 'done', ended_at = now()
      where id = ${run.id} and not exists (
        select from score_ranges where run_id = ${run.id} and done_at is null)`;
    return ended.count === 1 ? 'done' : 'running';
  });
}
