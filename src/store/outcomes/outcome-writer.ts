import { setTimeout as delay } from 'node:timers/promises';

import { ThicketError } from '../../core/errors.ts';
import { Service } from '../../core/service.ts';
import type { Log } from '../../ops/log.ts';
import type { Client } from '../client.ts';
import { asStoreError, isAborted, isDataFault } from '../failures.ts';
import { reasonOf } from '../reasons.ts';
import { type Guard, GuardFailure } from './guard.ts';
import { IdBlocks } from './id-blocks.ts';
import { modelRows } from './model-rows.ts';
import { OutcomeBuffer, type Group, type WriterObserver } from './outcome-buffer.ts';
import type { OutcomeRow } from './outcome-rows.ts';
import type { Outcome } from './outcome.ts';
import { probeWrite } from './probe-write.ts';
import { rowsOf, storeGroups, type StoredRows } from './store-groups.ts';
import { Storing } from './storing.ts';
import type { Store } from '../store.ts';
import { withDeadline } from '../transactions.ts';

export type OutcomeDraft = Omit<Outcome, 'id'>;

export interface WriterOptions {
  readonly store: Store;
  readonly log: Log;
  /** Rows admitted and not yet stored; beyond it QUEUE_FULL. */
  readonly rowsMax: number;
  /** How long a stored write may wait for its commit. */
  readonly deadlineMs: number;
  readonly observer?: WriterObserver;
}

/** Rows in one commit, unless one write alone has more: a commit is then some 100 ms at most. */
export const COMMIT_ROWS_MAX = 8_192;
/**
 * Connections that write. One commits while the next batch gathers; a second one keeps the server busy
 * while this process encodes.
 */
const LANES = 2;
/** A store that comes later is asked for ids, and probed, by the first write. */
const STORE_WAIT_MS_MAX = 3_600_000;
/** Between attempts while the store is away, and how often a late write is looked for. */
const RETRY_MS = 50;
const OVERDUE_CHECK_MS = 50;
/** A commit that takes so long is looked into: its reply is to say why it failed. */
const SLOW_MS = 1_000;

interface Lane {
  readonly client: Client;
  busy: boolean;
}

/**
 * Stores outcomes, many rows a commit: the rows that gathered during the last commit go with
 * the next one. Nothing is reported as stored before its COMMIT has come back.
 *
 * A batch that fails is not lost with the connection: it is written again, under the same ids and times,
 * by a statement that leaves alone what is there already, until its writers' deadlines have passed. Rows
 * that the server refuses are found by halving the batch, so that a bad write costs only itself.
 */
export class OutcomeWriter extends Service {
  readonly #options: WriterOptions;
  readonly #buffer: OutcomeBuffer;
  readonly #ids: IdBlocks;
  readonly #lanes: Lane[];
  /** Knows if outcomes can be stored now, and why not. */
  readonly storing: Storing;
  /** Aborted when nothing is written any more: what is left has been given up. */
  readonly #closed = new AbortController();
  #overdue: NodeJS.Timeout | null = null;

  constructor(options: WriterOptions) {
    super();
    this.#options = options;
    this.#buffer = new OutcomeBuffer(options.rowsMax, options.deadlineMs, options.observer);
    this.#ids = new IdBlocks(options.store, options.rowsMax);
    this.storing = new Storing({
      probe: async () => {
        await options.store.ready(STORE_WAIT_MS_MAX, this.stopSignal);
        await probeWrite(options.store);
      },
      connected: () => options.store.status().connected,
      log: options.log,
      signal: this.stopSignal,
    });
    this.#lanes = Array.from({ length: LANES }, () => ({
      client: options.store.client({ max: 1, statementMsMax: options.deadlineMs }),
      busy: false,
    }));
  }

  /** How many rows could be numbered now without asking the store. */
  get idsAtHand(): number {
    return this.#ids.left;
  }

  protected override async onStart(): Promise<void> {
    // In the turn after the timer's: a commit's answer may lie in the socket while this thread was busy.
    const check = (): void => void setImmediate(() => this.#failOverdue());
    this.#overdue = setInterval(check, OVERDUE_CHECK_MS).unref();
    const ids = this.#fetchIds();
    if (this.#options.store.status().connected) await ids;
  }

  #failOverdue(): void {
    const late = this.#buffer.failOverdue(this.storing.lastReason);
    for (const { message } of late) this.storing.late(message);
    if (this.#buffer.longestWaitMs > SLOW_MS) this.storing.doubt();
  }

  /** Early, so that `queued` rows find ids when the store goes away before anything was written. */
  async #fetchIds(): Promise<void> {
    try {
      await this.#options.store.ready(STORE_WAIT_MS_MAX);
      await this.#ids.refill(0);
    } catch {
      // The first write asks again and gets the error.
    }
  }

  /**
   * Stores the outcomes of one answer, all of them or none.
   * @returns Their ids, in order: for `stored` after the commit, for `queued` after admission.
   * @throws {ThicketError} QUEUE_FULL, STORE_UNAVAILABLE, or ROW_INVALID for what Postgres refuses.
   */
  async write(
    drafts: readonly OutcomeDraft[],
    level: 'stored' | 'queued',
  ): Promise<readonly number[]> {
    const { rows, stored } = await this.#admit(drafts, level, null);
    if (level === 'stored') await stored;
    return rows.map(({ id }) => id);
  }

  /**
   * Stores those of the outcomes that the guard keeps, in one transaction with what the guard does. A
   * guard that fails rejects this call alone.
   * @returns Their ids, in order, after the commit; null for those that are left out.
   * @throws The guard's own error; STORE_UNAVAILABLE, for another try, where it waits too long for a lock.
   */
  async writeGuarded(
    drafts: readonly OutcomeDraft[],
    guard: Guard,
  ): Promise<readonly (number | null)[]> {
    const { rows, stored } = await this.#admit(drafts, 'stored', guard);
    const kept = new Set(await stored);
    return rows.map((row) => (kept.has(row) ? row.id : null));
  }

  async #admit(
    drafts: readonly OutcomeDraft[],
    level: 'stored' | 'queued',
    guard: Guard | null,
  ): Promise<{ rows: readonly OutcomeRow[]; stored: Promise<readonly OutcomeRow[]> }> {
    if (drafts.length === 0) return { rows: [], stored: Promise.resolve([]) };
    this.#requireOpen(level);
    const room = this.#buffer.reserve(drafts);
    const ids = await this.#ids.take(drafts.length).catch((error: unknown) => {
      this.#buffer.release(room);
      throw error;
    });
    const createdAt = new Date().toISOString();
    const rows = drafts.map((draft, at) => ({ ...draft, id: ids[at]!, createdAt }));
    const stored = this.#buffer.add({ rows, guard, level }, room);
    // After everything that is ready to run now: its rows may come along.
    process.nextTick(() => this.#wakeLane());
    return { rows, stored };
  }

  #requireOpen(level: 'stored' | 'queued'): void {
    if (this.stopping) throw new ThicketError('STORE_UNAVAILABLE', 'the writer stops');
    const { connected, reason } = this.#options.store.status();
    if (level === 'queued') return;
    if (!connected) {
      throw new ThicketError('STORE_UNAVAILABLE', `Postgres is not available: ${reason}`);
    }
    if (!this.storing.fails) return;
    const sentence = `predictions cannot be stored: ${this.storing.trouble}`;
    throw new ThicketError('STORE_UNAVAILABLE', sentence);
  }

  #wakeLane(): void {
    const lane = this.#lanes.find(({ busy }) => !busy);
    if (lane !== undefined && this.#buffer.waits) void this.#run(lane);
  }

  async #run(lane: Lane): Promise<void> {
    lane.busy = true;
    while (this.#buffer.waits) await this.#store(lane, this.#buffer.take(COMMIT_ROWS_MAX), false);
    lane.busy = false;
  }

  /** Ends when every write of the batch is stored, refused, or given up by its writer. */
  async #store(lane: Lane, groups: readonly Group[], mayBeStored: boolean): Promise<void> {
    let again = mayBeStored;
    let said = '';
    for (;;) {
      const wanted = groups.filter((group) => !group.settled);
      if (wanted.length === 0) return;
      const error = await this.#attempt(lane, wanted, again);
      if (error === null) return;
      if (error instanceof GuardFailure) {
        this.#refuse(error.group, error.cause);
        continue;
      }
      // A second attempt aborts only where a guard has swallowed an error; a COPY does it at the first.
      if (isDataFault(error) || (again && isAborted(error))) {
        await this.#storeHalves(lane, wanted, error);
        return;
      }
      again = true;
      this.storing.failed(error);
      const reason = reasonOf(error);
      if (reason !== said) {
        this.#options.log.warn({ rows: rowsIn(wanted), reason }, 'a commit failed; trying again');
      }
      said = reason;
      // Nothing is known of what a failed connection did or still does: it is never used again.
      lane.client.discard();
      await this.#pause();
    }
  }

  async #attempt(lane: Lane, groups: readonly Group[], again: boolean): Promise<unknown> {
    const { client } = lane;
    const began = performance.now();
    let stored: StoredRows;
    try {
      stored = await withDeadline(
        this.#options.deadlineMs,
        () => storeGroups(client, groups, again),
        () => client.discard(),
      );
    } catch (error) {
      return error;
    }
    this.storing.worked();
    const seconds = (performance.now() - began) / 1_000;
    this.#options.observer?.committed(modelRows(rowsOf(stored)), seconds);
    for (const [group, rows] of stored) this.#buffer.settle(group, rows);
    return null;
  }

  /** The server refused something in the batch: alone, each write gets what it deserves. */
  async #storeHalves(lane: Lane, groups: readonly Group[], error: unknown): Promise<void> {
    if (groups.length === 1) {
      this.#refuse(groups[0]!, error);
      return;
    }
    const middle = groups.length >> 1;
    await this.#store(lane, groups.slice(0, middle), true);
    await this.#store(lane, groups.slice(middle), true);
  }

  #refuse(group: Group, error: unknown): void {
    const reason = reasonOf(error);
    this.#options.log.error({ rows: group.rows.length, reason }, 'outcomes were refused');
    const sentence = `Postgres refused the outcome: ${reason}`;
    const known = isDataFault(error)
      ? new ThicketError('ROW_INVALID', sentence, { cause: error })
      : asStoreError(error);
    this.#buffer.fail(group, 'refused', known);
  }

  async #pause(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    await delay(RETRY_MS, undefined, { signal: this.#closed.signal }).catch(() => {});
  }

  /** Writes out what was admitted, within the deadline of one write; what is left then is lost, loudly. */
  protected override async onStop(): Promise<void> {
    const empty = await this.#buffer.emptied(this.#options.deadlineMs);
    if (!empty) {
      this.#options.log.error('outcomes are lost: Postgres did not take them before the end');
      for (const { client } of this.#lanes) client.discard();
    }
    this.#buffer.close();
    this.#closed.abort();
    if (this.#overdue !== null) clearInterval(this.#overdue);
    await Promise.all(this.#lanes.map(({ client }) => client.end()));
  }
}

function rowsIn(groups: readonly Group[]): number {
  return groups.reduce((rows, group) => rows + group.rows.length, 0);
}
