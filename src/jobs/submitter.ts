import { randomUUID } from 'node:crypto';

import { ThicketError, invariant } from '../core/errors.ts';
import { Service } from '../core/service.ts';
import type { Sql } from '../store/client.ts';
import type { Store } from '../store/store.ts';
import { type RequestKey, keyReused } from '../store/outcomes/reply-keys.ts';
import { type KeyedJob, type NewJob, findByKeys, insertJobs } from './new-jobs.ts';
import type { JobMessage } from './message.ts';

export interface SubmitterOptions {
  readonly store: Store;
  /** How long a reply may wait for its commit. */
  readonly deadlineMs: number;
  /** Hears of every job that is new, once it is committed. */
  readonly onCommitted: (jobs: readonly JobMessage[]) => void;
}

/** Jobs that wait for their commit; one more is answered with 429. */
const WAITING_MAX = 10_000;
/** A payload in memory, together with all others that wait. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** Jobs in one commit: some 10 ms. */
const COMMIT_JOBS_MAX = 1_000;

interface Waiting {
  readonly job: NewJob;
  readonly bytes: number;
  readonly resolve: (jobId: string) => void;
  readonly reject: (error: unknown) => void;
}

/** Commits the rows of new jobs, many in one commit: those that came during the last one go with the next. */
export class JobSubmitter extends Service {
  readonly #options: SubmitterOptions;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #loop: Promise<void> | null = null;

  constructor(options: SubmitterOptions) {
    super();
    this.#options = options;
  }

  protected override async onStop(): Promise<void> {
    await this.#loop;
  }

  /**
   * @returns The job's id after its commit: from then on it will run, whatever happens to this process. With a
   * key that was used before, the id of the job that it made.
   * @throws {ThicketError} QUEUE_FULL; STORE_UNAVAILABLE, after which the job may run all the same;
   * IDEMPOTENCY_KEY_REUSED where the key belongs to another body.
   */
  submit(
    job: Omit<JobMessage, 'jobId'>,
    { owner, key }: { readonly owner: string; readonly key: RequestKey | null },
  ): Promise<string> {
    if (this.stopping) throw new ThicketError('STORE_UNAVAILABLE', 'the instance is shutting down');
    const bytes = JSON.stringify(job.payload).length;
    if (this.#waiting.length >= WAITING_MAX || this.#bytes + bytes > WAITING_BYTES_MAX) {
      throw new ThicketError('QUEUE_FULL', 'too many jobs wait for their commit');
    }
    return new Promise((resolve, reject) => {
      const added = { ...job, jobId: randomUUID(), owner, key };
      this.#waiting.push({ job: added, bytes, resolve, reject });
      this.#bytes += bytes;
      this.#loop ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // After everything that is ready to run now: its jobs come along.
    await new Promise((resolve) => process.nextTick(resolve));
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, COMMIT_JOBS_MAX));
    this.#loop = null;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const { store, deadlineMs, onCommitted } = this.#options;
    const jobs = batch.map(({ job }) => job);
    try {
      const committed = await store.transaction((tx) => insertOrFind(tx, jobs), deadlineMs);
      onCommitted(jobs.filter(({ jobId }) => committed.inserted.has(jobId)));
      for (const each of batch) answer(each, committed);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    for (const { bytes } of batch) this.#bytes -= bytes;
  }
}

interface Committed {
  /** The ids of the jobs that are new. */
  readonly inserted: ReadonlySet<string>;
  /** The jobs under the keys of the others. */
  readonly keyed: ReadonlyMap<NewJob, KeyedJob>;
}

async function insertOrFind(tx: Sql, jobs: readonly NewJob[]): Promise<Committed> {
  const inserted = await insertJobs(tx, jobs);
  const taken = jobs.filter(({ jobId }) => !inserted.has(jobId));
  return { inserted, keyed: taken.length === 0 ? new Map() : await findByKeys(tx, taken) };
}

function answer({ job, resolve, reject }: Waiting, { inserted, keyed }: Committed): void {
  if (inserted.has(job.jobId)) {
    resolve(job.jobId);
    return;
  }
  const before = keyed.get(job);
  invariant(before !== undefined, 'a job that was not inserted stands under its key');
  if (before.sha256 === job.key!.sha256) resolve(before.jobId);
  else reject(keyReused());
}
