import { ThicketError } from '../../core/errors.ts';
import type { Store } from '../../store/store.ts';
import type { RefusedRawRow } from '../walked-rows.ts';
import { REFUSED_NAMED_MAX, type Run, type RunState, type RunTotals } from './run.ts';

/** Runs that a list shows: the newest. */
export const RUNS_LISTED_MAX = 100;

/** A run with its counts, as lists show it. */
export interface ListedRun extends Run {
  readonly selection: string;
  readonly again: boolean;
  readonly ranges: number;
  readonly rangesDone: number;
  readonly rows: number;
  readonly read: number;
  readonly stored: number;
  readonly refused: number;
  readonly startedBy: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** Since a range of it was taken or committed. */
  readonly idleSeconds: number;
}

/** The newest runs, newest first; or the one of this id. */
export async function listRuns(store: Store, id: number | null = null): Promise<ListedRun[]> {
  return store.query(
    (sql) => sql<ListedRun[]>`
      select run.id, raw_table as "rawTable", selection,
        json_build_object('name', model_name, 'version', model_version, 'digest', model_digest) as model, again, state,
        count(number)::int8 as ranges, count(done_at)::int8 as "rangesDone",
        coalesce(sum(rows_planned), 0)::int8 as rows, coalesce(sum(rows_read), 0)::int8 as read,
        coalesce(sum(rows_stored), 0)::int8 as stored,
        coalesce(sum(rows_refused), 0)::int8 as refused,
        started_by as "startedBy", started_at as "startedAt", ended_at as "endedAt",
        extract(epoch from now() - greatest(started_at, max(claimed_at), max(done_at)))::float8
          as "idleSeconds"
      from (select * from score_runs
        where ${id}::int8 is null or id = ${id}::int8
        order by id desc limit ${RUNS_LISTED_MAX}) as run
        left join score_ranges on run_id = run.id
      group by run.id, raw_table, model_name, model_version, model_digest, selection, again, state,
        started_by, started_at, ended_at
      order by run.id desc`,
  );
}

/** @throws {ThicketError} RUN_UNKNOWN. */
export async function findRun(store: Store, id: number): Promise<ListedRun> {
  const [run] = await listRuns(store, id);
  if (run !== undefined) return run;
  throw new ThicketError('RUN_UNKNOWN', `there is no run ${id}: thicket score --list has them`);
}

export async function totalsOf(store: Store, run: Run): Promise<RunTotals> {
  const { read, stored, refused } = await findRun(store, run.id);
  if (refused === 0) return { read, stored, refused, named: [] };
  const named = await store.query(
    (sql) => sql<{ row: RefusedRawRow }[]>`
      select row from score_ranges cross join jsonb_array_elements(refused) with ordinality as each (row, place)
      where run_id = ${run.id} and refused is not null order by number, place limit ${REFUSED_NAMED_MAX}`,
  );
  return { read, stored, refused, named: named.map(({ row }) => row) };
}

/** Rows of the ranges that are committed, of all rows; in [0, 1]. */
export async function progressOf(
  store: Store,
  run: Run,
): Promise<{ readonly state: RunState; readonly share: number }> {
  const { state, ranges, rangesDone } = await findRun(store, run.id);
  return { state, share: ranges === 0 ? 1 : rangesDone / ranges };
}
