import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

import { Service } from '../../core/service.ts';
import type { Log } from '../../ops/log.ts';
import { reasonOf } from '../../store/reasons.ts';
import type { Store } from '../../store/store.ts';
import { type BegunJob, claimJobs, releaseJobs } from '../job-rows.ts';
import { jsonMessage } from '../message.ts';
import { listenUntil } from './listen.ts';
import type { Broker, BrokerStatus, Delivery, TakeDeliveries } from './broker.ts';

export interface PostgresBrokerOptions {
  readonly store: Store;
  readonly log: Log;
  /** How long a job is left to the worker that has it. */
  readonly leaseMs: number;
}

const CHANNEL = 'thicket_jobs';
/** A notification may be lost with its connection: then a job waits this long. */
const POLL_MS = 1_000;
/** Jobs claimed by one statement: more cost memory and win nothing. */
const CLAIM_MAX = 500;
/** The store is waited for as long as it takes; its own loop says in the log that it is away. */
const STORE_WAIT_MS = 60_000;

/**
 * The table of jobs as its own queue: a worker takes the oldest rows that nobody else holds. A committed
 * row is a message that the broker keeps, so that publishing only wakes the workers.
 */
export class PostgresBroker extends Service implements Broker {
  readonly kind = 'postgres';
  readonly #options: PostgresBrokerOptions;
  readonly #consumers = new Set<Consumer>();

  constructor(options: PostgresBrokerOptions) {
    super();
    this.#options = options;
  }

  status(): BrokerStatus {
    return this.#options.store.status();
  }

  protected override async onStop(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.end()));
  }

  async publish(): Promise<void> {
    this.#wake();
    try {
      await this.#options.store.query((sql) => sql`select pg_notify(${CHANNEL}, '')`);
    } catch (error) {
      // The rows are there, and every worker looks for them by itself now and then.
      this.#options.log.debug({ reason: reasonOf(error) }, 'workers were not woken');
    }
  }

  consume(take: TakeDeliveries, unsettledMax: number): () => Promise<void> {
    const consumer = new Consumer(this.#options, take, unsettledMax);
    this.#consumers.add(consumer);
    return async () => {
      await consumer.end();
      this.#consumers.delete(consumer);
    };
  }

  #wake(): void {
    for (const consumer of this.#consumers) consumer.wake();
  }
}

/** Takes jobs while there is room for them. */
class Consumer {
  readonly #options: PostgresBrokerOptions;
  readonly #take: TakeDeliveries;
  readonly #unsettledMax: number;
  readonly #ended = new AbortController();
  readonly #loop: Promise<void>;
  readonly #listening: Promise<void>;
  #unsettled = 0;
  #givenBack: BegunJob[] = [];
  #releasing: Promise<void> | null = null;
  /** Cuts the wait between two looks at the table short. */
  #alarm = new AbortController();

  constructor(options: PostgresBrokerOptions, take: TakeDeliveries, unsettledMax: number) {
    this.#options = options;
    this.#take = take;
    this.#unsettledMax = unsettledMax;
    this.#loop = this.#run();
    const { store, log } = options;
    const onNotify = (): void => this.wake();
    this.#listening = listenUntil(this.#ended.signal, { store, log, channel: CHANNEL, onNotify });
  }

  wake(): void {
    this.#alarm.abort();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    this.wake();
    await Promise.all([this.#loop, this.#listening]);
    await this.#releasing;
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      this.#alarm = new AbortController();
      const free = Math.min(this.#unsettledMax - this.#unsettled, CLAIM_MAX);
      const taken = free > 0 ? await this.#claim(free) : 0;
      if (taken === free && free > 0) continue; // There may be more.
      await delay(POLL_MS, undefined, { signal: this.#alarm.signal }).catch(() => {});
    }
  }

  /** @returns How many it got; none while the store is away. */
  async #claim(limit: number): Promise<number> {
    const { store, leaseMs, log } = this.#options;
    try {
      await store.ready(STORE_WAIT_MS, this.#ended.signal);
      const jobs = await store.query((sql) => claimJobs(sql, limit, leaseMs));
      if (jobs.length === 0) return 0;
      this.#unsettled += jobs.length;
      this.#take(jobs.map((job) => this.#delivery(job)));
      return jobs.length;
    } catch (error) {
      // Claimed rows whose answer was lost come back when their lease ends.
      if (!this.#ended.signal.aborted) log.warn({ reason: reasonOf(error) }, 'no jobs were taken');
      return 0;
    }
  }

  #delivery(job: BegunJob): Delivery {
    const settle = (): void => {
      this.#unsettled--;
      this.wake();
    };
    const giveBack = (): void => {
      settle();
      if (this.#givenBack.length === 0) this.#releasing = this.#release();
      this.#givenBack.push(job);
    };
    return { ...jsonMessage(job), begun: job, settle, giveBack, bury: settle };
  }

  /** All jobs that are given back in one turn together. */
  async #release(): Promise<void> {
    await nextTurn();
    const jobs = this.#givenBack;
    this.#givenBack = [];
    const { store, log } = this.#options;
    try {
      await store.query((sql) => releaseJobs(sql, jobs));
      await store.query((sql) => sql`select pg_notify(${CHANNEL}, '')`);
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'jobs come back when their lease ends');
    }
  }
}
