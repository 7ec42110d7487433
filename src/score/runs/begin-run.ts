import { createHash } from 'node:crypto';

import type { Dataset } from '../../data/dataset.ts';
import { requireRawTable } from '../../data/tables.ts';
import type { Sql } from '../../store/client.ts';
import type { Store } from '../../store/store.ts';
import { planIds, planTable } from './plan-ranges.ts';
import { RANGE_ROWS, type Run, type RunModel, type Selection } from './run.ts';

/** With the names of a table and a model, the key of an advisory lock: their runs begin one after the other. */
const RUNS_LOCK = 7_046_324;
/** One pass over the index of the raw table: a table of 100 million rows takes minutes. */
const PLAN_MS_MAX = 3_600_000;

export interface WantedRun {
  readonly dataset: Dataset;
  readonly model: RunModel;
  readonly selection: Selection;
  /** Rows that an earlier run has scored are scored anew. */
  readonly again: boolean;
  /** User, machine and process, for people. */
  readonly by: string;
}

export interface BegunRun {
  /** Null: there is no row to be scored. */
  readonly run: Run | null;
  /** An earlier call has begun it, and was killed or still works on it. */
  readonly continued: boolean;
  /** Earlier runs of this model have scored rows of the table, which this one leaves alone. */
  readonly leavesScored: boolean;
  /** Runs of the same rows by other models of this name that were never ended. */
  readonly unfinished: readonly Run[];
}

/** The columns by which a command finds its run. */
interface Key {
  readonly rawTable: string;
  readonly model: RunModel;
  readonly selection: string;
}

/**
 * The run that this command works on. Where one of the same table, rows and model is not ended yet, it goes on with
 * that. Otherwise it is a new one: of the whole table over the rows that no run of this model has scored, of ids over
 * all of them. Rows that came since an unfinished run of the whole table began become part of it.
 * @throws {ThicketError} DATASET_REFUSED when there is no raw table yet.
 */
export async function beginRun(store: Store, wanted: WantedRun): Promise<BegunRun> {
  const { dataset, model, selection, again } = wanted;
  const { rawTable } = dataset;
  const key: Key = { rawTable, model, selection: selectionText(selection) };
  return store.transaction(async (tx) => {
    await requireRawTable(tx, dataset);
    const lock = `${rawTable}\n${model.name}`;
    await tx`select pg_advisory_xact_lock(${RUNS_LOCK}, hashtext(${lock}))`;
    const found = await unfinishedRun(tx, key, again);
    const run = found ?? (await insertRun(tx, key, wanted));
    if (selection === 'all') await planTable(tx, run, dataset.key);
    else if (found === null) await planIds(tx, run, selection);
    const isEmpty = found === null && !(await hasRanges(tx, run));
    if (isEmpty) await tx`delete from score_runs where id = ${run.id}`;
    if (found === null && again) await replaceOlder(tx, key, run);
    return {
      run: isEmpty ? null : run,
      continued: found !== null,
      leavesScored: selection === 'all' && !again && (await isScored(tx, key, run)),
      unfinished: await unfinishedOfOthers(tx, key),
    };
  }, PLAN_MS_MAX);
}

/** As stored: a list of ids may be of any length. */
function selectionText(selection: Selection): string {
  if (selection === 'all') return 'all';
  const digest = createHash('sha256');
  for (let at = 0; at < selection.length; at += RANGE_ROWS) {
    digest.update(`${selection.slice(at, at + RANGE_ROWS).join(',')},`);
  }
  return `${selection.length} ids, sha256 ${digest.digest('hex')}`;
}

/** The lock of its row keeps others from ending it meanwhile. */
async function unfinishedRun(
  tx: Sql,
  { rawTable, model, selection }: Key,
  again: boolean,
): Promise<Run | null> {
  const [found] = await tx<{ id: number }[]>`
    select id from score_runs
    where state = 'running' and raw_table = ${rawTable} and model_name = ${model.name}
      and model_digest = ${model.digest} and selection = ${selection} and (again or not ${again})
    order by id desc limit 1 for update`;
  return found === undefined ? null : { id: found.id, rawTable, model, state: 'running' };
}

async function insertRun(
  tx: Sql,
  { rawTable, model, selection }: Key,
  { again, by }: WantedRun,
): Promise<Run> {
  const [run] = await tx<{ id: number }[]>`
    insert into score_runs
      (raw_table, model_name, model_version, model_digest, selection, again, started_by)
    values (${rawTable}, ${model.name}, ${model.version}, ${model.digest}, ${selection}, ${again}, ${by})
    returning id`;
  return { id: run!.id, rawTable, model, state: 'running' };
}

async function hasRanges(tx: Sql, run: Run): Promise<boolean> {
  const [range] = await tx`select from score_ranges where run_id = ${run.id} limit 1`;
  return range !== undefined;
}

/** Rows that were to be scored before and are scored anew now would come out twice if that went on. */
async function replaceOlder(tx: Sql, { rawTable, model, selection }: Key, run: Run): Promise<void> {
  await tx`
    update score_runs set state = 'replaced', ended_at = now()
    where state = 'running' and id < ${run.id} and raw_table = ${rawTable}
      and model_name = ${model.name} and model_digest = ${model.digest} and selection = ${selection}`;
}

async function isScored(tx: Sql, { rawTable, model, selection }: Key, run: Run): Promise<boolean> {
  const [range] = await tx`
    select from score_ranges join score_runs on id = run_id
    where done_at is not null and run_id <> ${run.id} and selection = ${selection}
      and raw_table = ${rawTable} and model_name = ${model.name} and model_digest = ${model.digest}
    limit 1`;
  return range !== undefined;
}

async function unfinishedOfOthers(
  tx: Sql,
  { rawTable, model, selection }: Key,
): Promise<readonly Run[]> {
  const rows = await tx<{ id: number; version: string; digest: string }[]>`
    select id, model_version as version, model_digest as digest from score_runs
    where state = 'running' and raw_table = ${rawTable} and model_name = ${model.name}
      and model_digest <> ${model.digest} and selection = ${selection}
    order by id`;
  return rows.map(({ id, version, digest }) => {
    const other: RunModel = { name: model.name, version, digest };
    return { id, rawTable, model: other, state: 'running' };
  });
}
