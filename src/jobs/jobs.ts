import { Service, stopAll } from '../core/service.ts';
import type { Log } from '../ops/log.ts';
import type { LiveModels } from '../score/live-models.ts';
import type { Store } from '../store/store.ts';
import type { Broker, BrokerStatus } from './broker/broker.ts';
import { type Job, findJob } from './job-rows.ts';
import { isJobId } from './message.ts';
import { Outbox } from './outbox.ts';
import { JobRunner } from './runner.ts';
import { JobSubmitter } from './submitter.ts';
import { JobWorker } from './worker.ts';

/** How long a job is left to the worker that has it: far longer than a batch takes, short for a client. */
export const LEASE_MS = 60_000;

export interface JobsOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly models: LiveModels;
  readonly log: Log;
  /** False where other processes work: this one only takes jobs in. */
  readonly works: boolean;
  /** Rows of one job. */
  readonly rowsMax: number;
  /** How long a commit may take. */
  readonly deadlineMs: number;
}

/** Jobs from their submission to their end, in one process or in many. */
export class Jobs extends Service {
  readonly #options: JobsOptions;
  readonly #submitter: JobSubmitter;
  readonly #parts: readonly Service[];

  constructor(options: JobsOptions) {
    super();
    this.#options = options;
    const { store, broker, models, log, rowsMax, deadlineMs } = options;
    const outbox = new Outbox({ store, broker, log });
    this.#submitter = new JobSubmitter({
      store,
      deadlineMs,
      onCommitted: (jobs) => outbox.offer(jobs),
    });
    const runner = new JobRunner({ models, log, rowsMax });
    const worker = new JobWorker({
      store,
      broker,
      runner,
      log,
      leaseMs: LEASE_MS,
      stopMsMax: deadlineMs,
    });
    this.#parts = [broker, outbox, this.#submitter, ...(options.works ? [worker] : [])];
  }

  get brokerKind(): Broker['kind'] {
    return this.#options.broker.kind;
  }

  brokerStatus(): BrokerStatus {
    return this.#options.broker.status();
  }

  /** See `JobSubmitter.submit`. */
  submit(...call: Parameters<JobSubmitter['submit']>): Promise<string> {
    return this.#submitter.submit(...call);
  }

  /** Null where there is none, for a malformed id too. @throws {ThicketError} STORE_UNAVAILABLE. */
  async find(jobId: string, owner: string): Promise<Job | null> {
    const id = jobId.toLowerCase();
    if (!isJobId(id)) return null;
    return this.#options.store.query((sql) => findJob(sql, id, owner));
  }

  protected override async onStart(): Promise<void> {
    for (const part of this.#parts) await part.start();
  }

  protected override async onStop(): Promise<void> {
    await stopAll(this.#parts);
  }
}
