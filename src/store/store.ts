import { setTimeout as delay } from 'node:timers/promises';

import { ThicketError } from '../core/errors.ts';
import { Service } from '../core/service.ts';
import type { Log } from '../ops/log.ts';
import { Client, type ClientOptions, type Sql } from './client.ts';
import { EXPIRED_KEYS_MAX, deleteExpiredKeys } from './expired-keys.ts';
import { asStoreError } from './failures.ts';
import { migrate } from './migrate.ts';
import { ensurePartitions } from './partitions.ts';
import { publicReasonOf, reasonOf } from './reasons.ts';
import { Transactions, withDeadline, type Work } from './transactions.ts';

export interface StoreOptions {
  readonly url: string;
  /** Connections for queries, and as many again for transactions. */
  readonly poolSize: number;
  readonly log: Log;
  /** The server's own log, where it lies on this machine. */
  readonly serverLog?: FaultLog | undefined;
}

/** It says why a server ended: its clients see a connection that was lost or refused. */
export interface FaultLog {
  /** Its text until now belongs to a trouble that is over. */
  mark(): void;
  /** Why the system hindered the server since the mark, without paths and addresses; null where it did not. */
  fault(): string | null;
}

export interface StoreStatus {
  readonly connected: boolean;
  /** Why not; empty while connected. */
  readonly reason: string;
}

/** How often the store is asked whether it is there. A lost connection is noticed at once besides. */
const HEARTBEAT_MS = 500;
/** An answer that takes longer is none: a network that swallows packets says nothing for minutes. */
const HEARTBEAT_MS_MAX = 2_000;
/** Between attempts while the store is away: recovery is promised within 2 s. */
const RETRY_MS = 250;
/** A query of the serving path. */
const QUERY_MS_MAX = 10_000;
/** Migrations may wait for another instance's, and for their locks. */
const MIGRATION_MS_MAX = 600_000;
/** Partitions are needed, and keys expire, once a day; looking every ten minutes survives a bad hour. */
const UPKEEP_MS = 600_000;
const PARTITION_MS_MAX = 30_000;
/** A heartbeat waits for it. */
const KEYS_MS_MAX = 2_000;

/**
 * Postgres, wherever it runs. It may be away at the start and at any time later; `status` says so, and
 * everything works again by itself when it is back.
 *
 * - CONNECTING  asks until Postgres answers, then migrates: CONNECTED.
 * - CONNECTED   asks now and then; a lost connection or a late answer: CONNECTING.
 * - STOPPED     stop() was called.
 */
export class Store extends Service {
  readonly #options: StoreOptions;
  readonly #log: Log;
  readonly #pool: Client;
  readonly #heart: Client;
  readonly #transactions: Transactions;
  #connected = false;
  #reason = 'not started';
  /** The reasons that the log has for the outage that goes on. */
  readonly #said = new Set<string>();
  #prepared = false;
  #keysCheckedAt = 0;
  #partitionsCheckedAt = 0;
  #loop: Promise<void> | null = null;
  #wake: AbortController = new AbortController();
  #waiting: (() => void)[] = [];

  constructor(options: StoreOptions) {
    super();
    this.#options = options;
    this.#log = options.log;
    this.#pool = this.client({ max: options.poolSize, statementMsMax: QUERY_MS_MAX });
    this.#heart = this.client({ max: 1, onLost: () => this.#heartLost() });
    this.#transactions = new Transactions(() => this.client({ max: 1 }), options.poolSize);
  }

  /** Starts to connect and returns at once; `/ready` shows when it has succeeded. */
  protected override onStart(): Promise<void> {
    this.#reason = 'not connected yet';
    this.#loop = this.#watch();
    return Promise.resolve();
  }

  protected override async onStop(): Promise<void> {
    this.#wake.abort();
    this.#heart.discard();
    // A migration may wait for somebody's lock: it ends with its connection.
    await Promise.all([this.#loop, this.#transactions.stop()]);
    this.#connected = false;
    this.#reason = 'stopped';
    this.#release();
    await Promise.all([this.#heart.end(), this.#pool.end()]);
  }

  status(): StoreStatus {
    return { connected: this.#connected, reason: this.#reason };
  }

  /**
   * Resolves once Postgres is there and migrated.
   * @throws {ThicketError} STORE_UNAVAILABLE when `msMax` have passed, the store was stopped, or the
   * caller has given up.
   */
  async ready(msMax: number, givenUp?: AbortSignal): Promise<void> {
    if (this.#connected) return;
    const timer = AbortSignal.timeout(msMax);
    const end = givenUp === undefined ? timer : AbortSignal.any([timer, givenUp]);
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (end.aborted) resolve();
      else end.addEventListener('abort', () => resolve(), { once: true });
    });
    if (!this.#connected) throw this.#away();
  }

  /**
   * One or several queries outside a transaction.
   * @throws {ThicketError} STORE_UNAVAILABLE while Postgres is away, or when it does not answer.
   */
  async query<T>(work: (sql: Sql) => Promise<T>, msMax = QUERY_MS_MAX): Promise<T> {
    if (!this.#connected) throw this.#away();
    try {
      // Late is not lost: the others on the pool go on, and Postgres itself ends the statement. Whether
      // the connections are dead is for the heartbeat to find out.
      return await withDeadline(
        msMax,
        () => work(this.#pool.sql),
        () => {},
      );
    } catch (error) {
      throw asStoreError(error);
    }
  }

  /** All of `work` is committed or nothing; see `Transactions.run`. */
  async transaction<T>(work: Work<T>, msMax = QUERY_MS_MAX): Promise<T> {
    if (!this.#connected) throw this.#away();
    return this.#transactions.run(work, msMax);
  }

  /** Separate connections; the caller must end them. */
  client(options: Omit<ClientOptions, 'url' | 'log'>): Client {
    return new Client({ url: this.#options.url, log: this.#log, ...options });
  }

  #away(): ThicketError {
    return new ThicketError('STORE_UNAVAILABLE', `Postgres is not available: ${this.#reason}`);
  }

  async #watch(): Promise<void> {
    while (!this.stopping) {
      this.#wake = new AbortController();
      try {
        await this.#beat();
        await this.#prepare();
        this.#found();
      } catch (error) {
        if (!this.stopping) this.#lost(error);
      }
      await this.#pause(this.#connected ? HEARTBEAT_MS : RETRY_MS);
    }
  }

  async #beat(): Promise<void> {
    this.stopSignal.throwIfAborted();
    await withDeadline(
      HEARTBEAT_MS_MAX,
      async () => this.#heart.sql`select 1`,
      () => this.#heart.discard(),
    );
  }

  async #prepare(): Promise<void> {
    if (!this.#prepared) {
      await this.#besideHeartbeats((givenUp) => this.#migrate(givenUp));
      this.#prepared = true;
    }
    await this.#ensurePartitions();
    await this.#deleteExpiredKeys();
  }

  async #ensurePartitions(): Promise<void> {
    if (Date.now() - this.#partitionsCheckedAt < UPKEEP_MS) return;
    this.#partitionsCheckedAt = Date.now();
    await this.#besideHeartbeats((givenUp) => this.#makePartitions(givenUp));
  }

  /**
   * Work may wait for locks for minutes, and a network that fails meanwhile is to be noticed as ever: the
   * work is then given up, because its connection is of the same network.
   */
  async #besideHeartbeats(work: (givenUp: AbortSignal) => Promise<void>): Promise<void> {
    const dead = new AbortController();
    const ended = work(dead.signal);
    const isOver = ended.then(
      () => true,
      () => true, // Its error is thrown below.
    );
    try {
      while (!(await Promise.race([isOver, this.#pause(HEARTBEAT_MS)]))) {
        this.#wake = new AbortController();
        await this.#beat();
      }
    } catch (error) {
      dead.abort();
      await isOver;
      throw error;
    }
    await ended;
  }

  async #migrate(givenUp: AbortSignal): Promise<void> {
    const names = await this.#transactions.run((tx) => migrate(tx), MIGRATION_MS_MAX, givenUp);
    if (names.length > 0) this.#log.info({ migrations: names }, 'migrated the database');
  }

  async #makePartitions(givenUp: AbortSignal): Promise<void> {
    try {
      const names = await this.#transactions.run(
        (tx) => ensurePartitions(tx),
        PARTITION_MS_MAX,
        givenUp,
      );
      if (names.length > 0) this.#log.info({ partitions: names }, 'made day partitions');
    } catch (error) {
      // Nothing is lost: the default partition takes the rows until the next attempt.
      this.#log.warn({ reason: reasonOf(error) }, 'could not make day partitions');
    }
  }

  /** A few with each heartbeat while there are many, so that neither the heart nor writers wait for long. */
  async #deleteExpiredKeys(): Promise<void> {
    if (Date.now() - this.#keysCheckedAt < UPKEEP_MS) return;
    try {
      const deleted = await this.#transactions.run((tx) => deleteExpiredKeys(tx), KEYS_MS_MAX);
      if (deleted < EXPIRED_KEYS_MAX) this.#keysCheckedAt = Date.now();
    } catch (error) {
      // A key that stays longer does no harm.
      this.#keysCheckedAt = Date.now();
      this.#log.warn({ reason: reasonOf(error) }, 'could not delete expired keys');
    }
  }

  /** Cuts the pause between two heartbeats short; the one between attempts stays. */
  #heartLost(): void {
    if (this.#connected) this.#wake.abort();
  }

  #found(): void {
    if (!this.#connected) this.#log.info('connected to Postgres');
    if (!this.#connected) this.#options.serverLog?.mark();
    this.#connected = true;
    this.#reason = '';
    this.#said.clear();
    this.#release();
  }

  #lost(error: unknown): void {
    const fault = this.#options.serverLog?.fault() ?? null;
    const reason = [publicReasonOf(error), ...(fault === null ? [] : [fault])].join(': ');
    // Once in an outage: a server that tries to come up refuses in turns for several reasons.
    if (!this.#said.has(reason)) {
      this.#said.add(reason);
      const detail = { reason: reasonOf(error), ...(fault !== null && { server: fault }) };
      this.#log.warn(detail, 'Postgres is not available; trying again until it is');
    }
    // Queries that wait on the pool will get no answer: they fail now, not after its deadline.
    if (this.#connected) this.#pool.discard();
    this.#connected = false;
    this.#reason = reason;
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#wake.signal }).catch(() => {});
  }
}
