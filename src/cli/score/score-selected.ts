import { hostname, userInfo } from 'node:os';

import { ThicketError } from '../../core/errors.ts';
import type { Service } from '../../core/service.ts';
import type { Dataset } from '../../data/dataset.ts';
import { RawRows } from '../../data/raw-rows.ts';
import type { Config } from '../../ops/config.ts';
import type { Log } from '../../ops/log.ts';
import { beginRun, type BegunRun } from '../../score/runs/begin-run.ts';
import { findRun, totalsOf } from '../../score/runs/progress.ts';
import type { Run, RunModel, RunTotals, ScoredRun, Selection } from '../../score/runs/run.ts';
import { workOnRun } from '../../score/runs/work-on-run.ts';
import type { Scoring } from '../../score/scoring.ts';
import type { OutcomeWriter } from '../../store/outcomes/outcome-writer.ts';
import type { Store } from '../../store/store.ts';
import { startProgress } from '../progress.ts';
import { readIds } from '../raw-ids.ts';
import type { ScoreOptions } from './options.ts';
import { modelText, say, startText } from './texts.ts';

export interface ScoringSurroundings {
  readonly store: Store;
  readonly config: Config;
  readonly log: Log;
  readonly dataset: Dataset;
}

/** All that scores rows of one model into the store. */
export interface OpenedScoring {
  readonly scoring: Scoring;
  readonly path: Pick<Service, 'stop'> & Pick<OutcomeWriter, 'writeGuarded'>;
}

/** Loads the model of this name, or the first one, and starts all that scores its rows. */
export type OpenScoring = (
  around: ScoringSurroundings,
  model: string | null,
) => Promise<OpenedScoring>;

const NO_ROWS: RunTotals = { read: 0, stored: 0, refused: 0, named: [] };

export async function scoreSelected(
  open: OpenScoring,
  around: ScoringSurroundings,
  options: ScoreOptions,
): Promise<ScoredRun> {
  const opened = await open(around, options.model ?? null);
  try {
    const run = await chosenRun(around, opened.scoring, options);
    if (run === null) return { rawTable: around.dataset.rawTable, rows: 0, totals: NO_ROWS };
    if (run.state === 'running') await work(run, around, opened);
    const { rawTable, rows } = await findRun(around.store, run.id);
    return { rawTable, rows, totals: await totalsOf(around.store, run) };
  } finally {
    await opened.path.stop();
  }
}

/** The run that was named, or the one of the rows that were named; null where all of them are scored. */
async function chosenRun(
  around: ScoringSurroundings,
  scoring: Scoring,
  options: ScoreOptions,
): Promise<Run | null> {
  const { name, version } = scoring.live.metadata;
  const model: RunModel = { name, version, digest: scoring.digest };
  if (options.follow !== undefined) return joinedRun(around, model, options.follow);
  const { store, dataset } = around;
  const selection = await selectionOf(options);
  const again = options.again === true;
  const begun = await beginRun(store, { dataset, model, selection, again, by: whoAmI() });
  await sayBegun(store, begun, dataset, selection);
  return begun.run;
}

/** @throws {ThicketError} RUN_REFUSED for a run that this model cannot go on with. */
async function joinedRun(
  { store, dataset }: ScoringSurroundings,
  model: RunModel,
  id: number,
): Promise<Run> {
  const run = await findRun(store, id);
  if (run.rawTable !== dataset.rawTable) {
    const sentence = `run ${id} scores ${run.rawTable}, and the dataset here has ${dataset.rawTable}: name its --dataset`;
    throw new ThicketError('RUN_REFUSED', sentence);
  }
  if (run.model.name !== model.name || run.model.digest !== model.digest) {
    throw new ThicketError(
      'RUN_REFUSED',
      `run ${id} is of the model ${modelText(run.model)}, and here is ${modelText(model)}: ` +
        'configure that model to go on with the run, or begin a new one with --all or --ids',
    );
  }
  if (run.state === 'replaced') {
    throw new ThicketError(
      'RUN_REFUSED',
      `run ${id} was replaced: a later run scores its rows anew`,
    );
  }
  say(startText(run, 'joined'));
  return run;
}

async function sayBegun(
  store: Store,
  { run, continued, leavesScored, unfinished }: BegunRun,
  { rawTable }: Dataset,
  selection: Selection,
): Promise<void> {
  for (const { id, model } of unfinished) {
    say(`run ${id} of another model of this name, ${modelText(model)}, was never ended`);
  }
  if (run !== null) {
    const found = await findRun(store, run.id);
    if (continued) say(startText(found, 'continued'));
    else say(startText(found, leavesScored ? 'new rows' : 'new'));
  } else if (selection === 'all' && leavesScored) {
    say(
      `nothing new: runs of this model have scored every row of ${rawTable} (--again scores them anew)`,
    );
  } else {
    const sentence = `${rawTable} has no rows: thicket ingest FILE.csv loads some`;
    throw new ThicketError('DATASET_REFUSED', sentence);
  }
}

async function selectionOf({ ids, idsFile }: ScoreOptions): Promise<Selection> {
  if (ids === undefined && idsFile === undefined) return 'all';
  const named = ids ?? (await readIds(idsFile!));
  return Float64Array.from(named).toSorted();
}

async function work(
  run: Run,
  { store, dataset }: ScoringSurroundings,
  { scoring, path }: OpenedScoring,
): Promise<void> {
  const progress = startProgress('scoring');
  try {
    await workOnRun(run, {
      store,
      scoring,
      rawRows: new RawRows(store, dataset, scoring.live.schema.fields),
      write: (drafts, guard) => path.writeGuarded(drafts, guard),
      by: whoAmI(),
      onProgress: (share) => progress.advance(share),
    });
  } catch (error) {
    if (!(error instanceof ThicketError) || error.code === 'RUN_REFUSED') throw error;
    const sentence = `${error.message}; run ${run.id} is not ended: the same command again goes on with it`;
    throw new ThicketError(error.code, sentence, { cause: error });
  } finally {
    progress.close();
  }
}

function whoAmI(): string {
  return `${userName()}@${hostname()}:${process.pid}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.()); // A container's user may have no name.
  }
}
