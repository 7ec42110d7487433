import { ThicketError } from '../core/errors.ts';
import type { ValidRow } from '../core/rows.ts';
import type { Log } from '../ops/log.ts';
import type { LiveModels } from '../score/live-models.ts';
import type { GuardedRow, Scoring } from '../score/scoring.ts';
import { isStoreAway } from '../store/failures.ts';
import type { Guard } from '../store/outcomes/guard.ts';
import { type BegunJob, finishJobs } from './job-rows.ts';
import { type Wanted, wantedOf } from './payload.ts';

/** How an attempt ended. `later` may succeed another time; `away` says nothing against the job. */
export interface JobOutcome {
  readonly job: BegunJob;
  readonly end: 'done' | 'failed' | 'later' | 'away';
  /** One sentence; empty where the job is done. */
  readonly error: string;
}

export interface RunnerOptions {
  readonly models: Pick<LiveModels, 'find'>;
  readonly log: Log;
  /** Rows of one job. */
  readonly rowsMax: number;
}

/** A job whose rows have been checked. */
interface CheckedJob {
  readonly job: BegunJob;
  readonly rows: readonly GuardedRow[];
}

/** Runs jobs by the same way that requests go: one batch a model, one commit for outcomes and jobs. */
export class JobRunner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Never throws: every job has an outcome. */
  async run(jobs: readonly BegunJob[]): Promise<readonly JobOutcome[]> {
    const outcomes: JobOutcome[] = [];
    const byModel = new Map<Scoring, BegunJob[]>();
    for (const job of jobs) {
      const scoring = this.#options.models.find(job.model ?? undefined);
      if (scoring === null) outcomes.push({ job, end: 'later', error: notLive(job.model) });
      else byModel.set(scoring, [...(byModel.get(scoring) ?? []), job]);
    }
    const ran = [...byModel].map(([scoring, own]) => this.#runModel(scoring, own));
    return [...outcomes, ...(await Promise.all(ran)).flat()];
  }

  async #runModel(scoring: Scoring, jobs: readonly BegunJob[]): Promise<readonly JobOutcome[]> {
    const outcomes: JobOutcome[] = [];
    const checked: CheckedJob[] = [];
    try {
      const wanted = new Map(jobs.map((job) => [job, this.#wanted(scoring, job)]));
      const rawRows = await scoring.rawRows(rawIdsOf([...wanted.values()]));
      for (const [job, each] of wanted) {
        try {
          if (each instanceof Error) throw each;
          checked.push({ job, rows: rowsOf(scoring, each, rawRows, job.jobId) });
        } catch (error) {
          outcomes.push(this.#failure(job, error));
        }
      }
    } catch (error) {
      return jobs.map((job) => this.#failure(job, error));
    }
    return [...outcomes, ...(await this.#score(scoring, checked))];
  }

  #wanted(scoring: Scoring, job: BegunJob): Wanted | Error {
    try {
      return wantedOf(job.payload, scoring.live, this.#options.rowsMax);
    } catch (error) {
      if (error instanceof ThicketError) return error;
      throw error;
    }
  }

  async #score(scoring: Scoring, jobs: readonly CheckedJob[]): Promise<readonly JobOutcome[]> {
    if (jobs.length === 0) return [];
    try {
      await scoring.scoreGuarded(
        jobs.flatMap(({ rows }) => rows),
        finishing,
      );
      return jobs.map(({ job }) => ({ job, end: 'done', error: '' }));
    } catch (error) {
      // Refused for one of them: alone, each job gets what it deserves.
      const isOnes = error instanceof ThicketError && !error.retry && jobs.length > 1;
      if (!isOnes) return jobs.map(({ job }) => this.#failure(job, error));
      const alone: JobOutcome[] = [];
      for (const each of jobs) alone.push(...(await this.#score(scoring, [each])));
      return alone;
    }
  }

  #failure(job: BegunJob, error: unknown): JobOutcome {
    if (isStoreAway(error)) return { job, end: 'away', error: sentenceOf(error) };
    if (error instanceof ThicketError) {
      return { job, end: error.retry ? 'later' : 'failed', error: error.message };
    }
    this.#options.log.error({ err: error, jobId: job.jobId }, 'a job failed by a bug');
    return { job, end: 'later', error: sentenceOf(error) };
  }
}

/** Settles the jobs of these outcomes, and keeps the outcomes of those that nobody had settled before. */
const finishing: Guard = async (tx, rows) => {
  const ids = new Map<string, number[]>();
  for (const { id, jobId } of rows) {
    const own = ids.get(jobId!);
    if (own === undefined) ids.set(jobId!, [id]);
    else own.push(id);
  }
  const finished = await finishJobs(
    tx,
    [...ids].map(([jobId, predictionIds]) => ({ jobId, predictionIds })),
  );
  return rows.filter(({ jobId }) => finished.has(jobId!));
};

function rawIdsOf(wanted: readonly (Wanted | Error)[]): readonly number[] {
  const ids = wanted.flatMap((each) =>
    !(each instanceof Error) && each.kind === 'rawIds' ? each.rawIds : [],
  );
  return [...new Set(ids)];
}

type RawRows = ReadonlyMap<number, () => ValidRow>;

/** @throws {ThicketError} ROW_INVALID or ROW_UNKNOWN. */
function rowsOf(
  scoring: Scoring,
  wanted: Wanted,
  rawRows: RawRows,
  jobId: string,
): readonly GuardedRow[] {
  if (wanted.kind === 'rawIds') {
    return wanted.rawIds.map((rawId) => {
      const row = rawRows.get(rawId);
      if (row === undefined) {
        throw new ThicketError('ROW_UNKNOWN', `raw_id=${rawId} not found in ${scoring.rawTable}`);
      }
      return { row: row(), rawId, jobId };
    });
  }
  const rows = wanted.kind === 'row' ? [wanted.row] : wanted.rows;
  return rows.map((row) => ({ row: scoring.live.validate(row), rawId: null, jobId }));
}

function notLive(model: string | null): string {
  return model === null ? 'no model is live' : `model ${JSON.stringify(model)} is not live here`;
}

function sentenceOf(error: unknown): string {
  return error instanceof ThicketError ? error.message : 'internal error; the log has the reason';
}
