import { setTimeout as delay } from 'node:timers/promises';

import { Service } from '../core/service.ts';
import type { Log } from '../ops/log.ts';
import { reasonOf } from '../store/reasons.ts';
import type { Store } from '../store/store.ts';
import type { Broker } from './broker/broker.ts';
import { markPublished, returnLapsedJobs, unpublishedJobs } from './job-rows.ts';
import { type JobMessage, jsonMessage } from './message.ts';

export interface OutboxOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly log: Log;
}

/** Jobs published in one window of confirms. */
const WINDOW = 500;
/** Committed jobs in memory; those beyond it are published from their rows. */
const READY_MAX = 10_000;
const SWEEP_MS = 1_000;
/** A committed job is left this long to the process that committed it. */
const GRACE_MS = 2_000;
/** A published job that nobody has begun for so long may be lost in the broker: it is published again. */
const LOST_AFTER_MS = 900_000;
const SWEEP_JOBS_MAX = 500;
const SWEEP_MS_MAX = 30_000;

/**
 * Brings committed jobs to the broker. A job is published right after its commit by the process that
 * committed it; a sweep of the table finds those whose process or broker was lost in between, and takes
 * jobs back from workers that were.
 */
export class Outbox extends Service {
  readonly #options: OutboxOptions;
  #ready: JobMessage[] = [];
  #publishing: Promise<void> | null = null;
  #sweeping: Promise<void> | null = null;

  constructor(options: OutboxOptions) {
    super();
    this.#options = options;
  }

  protected override onStart(): Promise<void> {
    this.#sweeping = this.#sweep();
    return Promise.resolve();
  }

  protected override async onStop(): Promise<void> {
    await this.#sweeping;
    await this.#publishing; // Jobs that are left are published by another sweep.
  }

  /** Committed jobs, to be published now. */
  offer(jobs: readonly JobMessage[]): void {
    const room = READY_MAX - this.#ready.length;
    this.#ready.push(...jobs.slice(0, room));
    this.#publishing ??= this.#publishAll();
  }

  async #publishAll(): Promise<void> {
    while (this.#ready.length > 0) {
      const jobs = this.#ready.splice(0, WINDOW);
      try {
        await this.#publish(jobs);
      } catch (error) {
        this.#ready = [];
        const reason = reasonOf(error);
        this.#options.log.debug({ reason }, 'jobs are left to be published by a sweep');
      }
    }
    this.#publishing = null;
  }

  async #publish(jobs: readonly JobMessage[]): Promise<void> {
    const { broker, store } = this.#options;
    if (broker.kind === 'postgres') return broker.publish([]); // The row is the message.
    await broker.publish(jobs.map(jsonMessage));
    const ids = jobs.map(({ jobId }) => jobId);
    await store.query((sql) => markPublished(sql, ids));
  }

  async #sweep(): Promise<void> {
    const { store, log } = this.#options;
    let said = '';
    while (!this.stopping) {
      try {
        if (store.status().connected) await this.#sweepOnce();
        said = '';
      } catch (error) {
        const reason = reasonOf(error);
        if (reason !== said) log.warn({ reason }, 'the table of jobs could not be swept');
        said = reason;
      }
      // Instances do not sweep in the same moment.
      const jittered = SWEEP_MS * (0.75 + Math.random() / 2);
      await delay(jittered, undefined, { signal: this.stopSignal }).catch(() => {});
    }
  }

  async #sweepOnce(): Promise<void> {
    const { store, broker, log } = this.#options;
    const returned = await store.query((sql) => returnLapsedJobs(sql, SWEEP_JOBS_MAX));
    if (returned > 0) log.warn({ jobs: returned }, 'took jobs back from workers that were lost');
    if (broker.kind === 'postgres') {
      if (returned > 0) await broker.publish([]);
      return;
    }
    while (!this.stopping && broker.status().connected) {
      const published = await this.#publishUnpublished();
      if (published < SWEEP_JOBS_MAX) return;
    }
  }

  /** Held by this transaction, no other sweep publishes them too. */
  #publishUnpublished(): Promise<number> {
    const { store, broker } = this.#options;
    return store.transaction(async (tx) => {
      const jobs = await unpublishedJobs(tx, {
        limit: SWEEP_JOBS_MAX,
        graceMs: GRACE_MS,
        lostAfterMs: LOST_AFTER_MS,
      });
      if (jobs.length === 0) return 0;
      await broker.publish(jobs.map(jsonMessage));
      const ids = jobs.map(({ jobId }) => jobId);
      await markPublished(tx, ids);
      return jobs.length;
    }, SWEEP_MS_MAX);
  }
}
