import { setTimeout as delay } from 'node:timers/promises';

import { Service } from '../core/service.ts';
import type { Log } from '../ops/log.ts';
import { isStoreAway } from '../store/failures.ts';
import { reasonOf } from '../store/reasons.ts';
import type { Store } from '../store/store.ts';
import { attemptsUsedUp, retryDelayMs } from './attempts.ts';
import type { Broker, Delivery } from './broker/broker.ts';
import { type BegunJob, beginJobs, failJobs, postponeJobs } from './job-rows.ts';
import { type JobMessage, parseMessage } from './message.ts';
import type { JobOutcome, JobRunner } from './runner.ts';

export interface WorkerOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly runner: JobRunner;
  readonly log: Log;
  /** How long a job is left to this worker. */
  readonly leaseMs: number;
  /** How long a stop waits for batches under way. */
  readonly stopMsMax: number;
}

/** Jobs in one batch: one native call, one transaction. */
const BATCH_JOBS_MAX = 500;
/** Batches under way: one is scored while another one commits. */
const LANES = 2;
/** The broker hands over ahead: a batch for every lane, and one to come. */
const UNSETTLED_MAX = BATCH_JOBS_MAX * (LANES + 1);
const BEGIN_MS_MAX = 30_000;
const STORE_WAIT_MS = 60_000;
const RETRY_MS = 250;

/** A delivery whose message could be read. */
interface Task {
  readonly delivery: Delivery;
  readonly message: JobMessage;
}

/**
 * Takes jobs from the broker, runs them in batches and settles them. Every job that it begins ends done,
 * failed, postponed, or with its broker again; a message is forgotten only after the commit that says so.
 */
export class JobWorker extends Service {
  readonly #options: WorkerOptions;
  readonly #arrived: Delivery[] = [];
  readonly #lanes = new Set<Promise<void>>();
  #endConsuming: (() => Promise<void>) | null = null;

  constructor(options: WorkerOptions) {
    super();
    this.#options = options;
  }

  protected override onStart(): Promise<void> {
    this.#endConsuming = this.#options.broker.consume((deliveries) => {
      for (const each of deliveries) this.#arrived.push(each);
      this.#wakeLanes();
    }, UNSETTLED_MAX);
    return Promise.resolve();
  }

  protected override async onStop(): Promise<void> {
    const end = this.#endConsuming?.();
    for (const delivery of this.#arrived.splice(0)) delivery.giveBack();
    const patience = delay(this.#options.stopMsMax, undefined, { ref: false });
    await Promise.race([Promise.all(this.#lanes), patience]);
    await end;
  }

  #wakeLanes(): void {
    while (this.#lanes.size < LANES && this.#arrived.length > 0) {
      const lane = this.#runLane().finally(() => this.#lanes.delete(lane));
      this.#lanes.add(lane);
    }
  }

  async #runLane(): Promise<void> {
    while (this.#arrived.length > 0 && !this.stopping) {
      await this.#runBatch(this.#arrived.splice(0, BATCH_JOBS_MAX));
    }
  }

  async #runBatch(deliveries: readonly Delivery[]): Promise<void> {
    const tasks = deliveries.flatMap((delivery) => this.#read(delivery));
    const begun = await this.#begin(tasks);
    if (begun === null) return; // It stops, and has given them back.
    const outcomes = await this.#run([...begun.values()]);
    if (await this.#settle(outcomes)) for (const { delivery } of tasks) delivery.settle();
    else for (const { delivery } of tasks) delivery.giveBack();
  }

  #read(delivery: Delivery): Task[] {
    try {
      return [{ delivery, message: delivery.begun ?? parseMessage(delivery) }];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.warn({ reason }, 'a message is no job; the queue of the dead has it');
      delivery.bury(reason);
      return [];
    }
  }

  /**
   * Counts the attempt of each job. Jobs that are settled already are left out: their messages came twice.
   * @returns By id; null when the worker stops before the store was there.
   */
  async #begin(tasks: readonly Task[]): Promise<ReadonlyMap<string, BegunJob> | null> {
    const jobs = new Map<string, BegunJob>();
    for (const { delivery } of tasks) {
      if (delivery.begun !== null) jobs.set(delivery.begun.jobId, delivery.begun);
    }
    const unknown = tasks.filter(({ delivery }) => delivery.begun === null);
    if (unknown.length === 0) return jobs;
    const { store, leaseMs } = this.#options;
    const messages = unknown.map(({ message }) => message);
    const found = await this.#untilStored(() =>
      store.transaction((tx) => beginJobs(tx, messages, leaseMs), BEGIN_MS_MAX),
    );
    if (found === null) {
      for (const { delivery } of tasks) delivery.giveBack();
      return null;
    }
    for (const job of found) jobs.set(job.jobId, job);
    return jobs;
  }

  async #run(jobs: readonly BegunJob[]): Promise<readonly JobOutcome[]> {
    const worn = jobs.filter((job) => attemptsUsedUp(job.attempt));
    const fresh = jobs.filter((job) => !attemptsUsedUp(job.attempt));
    const outcomes = await this.#options.runner.run(fresh);
    return [...worn.map((job): JobOutcome => ({ job, end: 'failed', error: WORN })), ...outcomes];
  }

  /** Writes down how the jobs ended that are not done. @returns False when the worker stops before. */
  async #settle(outcomes: readonly JobOutcome[]): Promise<boolean> {
    const failed: { jobId: string; error: string }[] = [];
    const later: { jobId: string; error: string; afterMs: number; counts: boolean }[] = [];
    for (const { job, end, error } of outcomes) {
      const { jobId, attempt } = job;
      if (end === 'failed' || (end === 'later' && attemptsUsedUp(attempt + 1))) {
        failed.push({ jobId, error });
      } else if (end !== 'done') {
        later.push({ jobId, error, afterMs: retryDelayMs(attempt), counts: end === 'later' });
      }
    }
    if (failed.length + later.length === 0) return true;
    const { store } = this.#options;
    const written = await this.#untilStored(() =>
      store.transaction(async (tx) => {
        if (failed.length > 0) await failJobs(tx, failed);
        if (later.length > 0) await postponeJobs(tx, later);
        return true;
      }, BEGIN_MS_MAX),
    );
    return written === true;
  }

  /** Tries as long as the store is away. @returns Null when the worker stops before. */
  async #untilStored<Result>(work: () => Promise<Result>): Promise<Result | null> {
    const { store, log } = this.#options;
    for (;;) {
      try {
        await store.ready(STORE_WAIT_MS, this.stopSignal);
        return await work();
      } catch (error) {
        if (!isStoreAway(error)) throw error;
        if (this.stopping) return null;
        log.debug({ reason: reasonOf(error) }, 'jobs wait for Postgres');
      }
      await delay(RETRY_MS, undefined, { signal: this.stopSignal }).catch(() => {});
    }
  }
}

const WORN = 'the attempts are used up: workers that had the job were lost';
