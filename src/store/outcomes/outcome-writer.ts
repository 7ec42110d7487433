import { ThicketError, invariant } from '../../core/errors.ts';
import { Service } from '../../core/service.ts';
import type { Log } from '../../ops/log.ts';
import type { Store } from '../store.ts';
import type { Guard } from './guard.ts';
import { IdBlocks } from './id-blocks.ts';
import { Lane } from './lane.ts';
import { OutcomeBuffer, type Write, type WriterObserver } from './outcome-buffer.ts';
import type { OutcomeRow } from './outcome-rows.ts';
import type { Outcome } from './outcome.ts';
import { probeWrite } from './probe-write.ts';
import { KeyTaken, type ReplyText, type RequestKey } from './reply-keys.ts';
import { Storing } from './storing.ts';

export type OutcomeDraft = Omit<Outcome, 'id'>;

/** A reply that is to be stored with its outcomes. */
export interface ReplyWanted {
  readonly key: RequestKey;
  /** The reply, as soon as the outcomes have their ids. */
  readonly replyOf: (ids: readonly number[]) => ReplyText;
}

export interface WriterOptions {
  readonly store: Store;
  readonly log: Log;
  /** Rows admitted and not yet stored; beyond it QUEUE_FULL. */
  readonly rowsMax: number;
  /** How long a stored write may wait for its commit. */
  readonly deadlineMs: number;
  readonly observer?: WriterObserver;
}

/**
 * Connections that write. One commits while the next batch gathers; a second one keeps the server busy
 * while this process encodes.
 */
const LANES = 2;
/** A store that comes later is asked for ids, and probed, by the first write. */
const STORE_WAIT_MS_MAX = 3_600_000;
/** How often a late write is looked for. */
const OVERDUE_CHECK_MS = 50;
/** A commit that takes so long is looked into: its reply is to say why it failed. */
const SLOW_MS = 1_000;

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
    const shared = { ...options, buffer: this.#buffer, storing: this.storing };
    this.#lanes = Array.from({ length: LANES }, () => new Lane(shared, this.#closed.signal));
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
   * @param request Stores the reply with them, so that the request may be sent again; for `stored` only.
   * @returns Their ids, in order: for `stored` after the commit, for `queued` after admission.
   * @throws {ThicketError} QUEUE_FULL, STORE_UNAVAILABLE, or ROW_INVALID for what Postgres refuses.
   * @throws {KeyTaken} Nothing is stored: the request has a reply already, or its key belongs to another.
   */
  async write(
    drafts: readonly OutcomeDraft[],
    level: 'stored' | 'queued',
    request: ReplyWanted | null = null,
  ): Promise<readonly number[]> {
    invariant(request === null || level === 'stored', 'a reply is kept with what is stored');
    const { rows, stored } = await this.#admit(drafts, level, { request });
    if (level === 'stored') {
      const kept = await stored;
      if (kept.length < rows.length) throw new KeyTaken();
    }
    return idsOf(rows);
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
    const { rows, stored } = await this.#admit(drafts, 'stored', { guard });
    const kept = new Set(await stored);
    return rows.map((row) => (kept.has(row) ? row.id : null));
  }

  async #admit(
    drafts: readonly OutcomeDraft[],
    level: 'stored' | 'queued',
    { guard = null, request = null }: { guard?: Guard | null; request?: ReplyWanted | null },
  ): Promise<{ rows: readonly OutcomeRow[]; stored: Promise<readonly OutcomeRow[]> }> {
    if (drafts.length === 0) return { rows: [], stored: Promise.resolve([]) };
    this.#requireOpen(level);
    const room = this.#buffer.reserve(drafts);
    let write: Write;
    try {
      const ids = await this.#ids.take(drafts.length);
      const createdAt = new Date().toISOString();
      const rows = drafts.map((draft, at) => ({ ...draft, id: ids[at]!, createdAt }));
      const keyed = request && { ...request.key, ...request.replyOf(ids) };
      write = { rows, guard, keyed, level };
    } catch (error) {
      this.#buffer.release(room);
      throw error;
    }
    const stored = this.#buffer.add(write, room);
    // After everything that is ready to run now: its rows may come along.
    process.nextTick(() => this.#wakeLane());
    return { rows: write.rows, stored };
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
    void this.#lanes.find(({ busy }) => !busy)?.run();
  }

  /** Writes out what was admitted, within the deadline of one write; what is left then is lost, loudly. */
  protected override async onStop(): Promise<void> {
    const empty = await this.#buffer.emptied(this.#options.deadlineMs);
    if (!empty) {
      this.#options.log.error('outcomes are lost: Postgres did not take them before the end');
      for (const lane of this.#lanes) lane.discard();
    }
    this.#buffer.close();
    this.#closed.abort();
    if (this.#overdue !== null) clearInterval(this.#overdue);
    await Promise.all(this.#lanes.map((lane) => lane.end()));
  }
}

function idsOf(rows: readonly OutcomeRow[]): readonly number[] {
  return rows.map(({ id }) => id);
}
