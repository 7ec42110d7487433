import { ThicketError, invariant } from '../core/errors.ts';
import type { ValidRow } from '../core/rows.ts';
import { Service } from '../core/service.ts';
import type { LiveModel } from '../live/live-model.ts';
import type { RowCost } from '../live/measure-row.ts';
import { type Answer, answersOf } from '../model/plan/head.ts';
import type { ScoringPlace } from '../ops/metrics.ts';
import { type RowBuffers, allocateRows } from '../schema/encode.ts';
import { type RowSchema, numberSlotsOf } from '../schema/fields.ts';
import { INLINE_WORK_NS_MAX, type PoolBatch, type ScoringPool } from './scoring-pool.ts';

/**
 * Rows admitted and not yet scored. At 10 us a row it is a second of work: a request that would
 * wait longer gets a 429 instead.
 */
export const QUEUE_ROWS_MAX = 100_000;

/** Rows that the buffers hold before they grow: a usual event-loop turn brings fewer. */
const BUFFER_ROWS_MIN = 64;

/** The part of a live model that answers batches. */
export type BatchModel = Pick<LiveModel, 'shape' | 'encode' | 'answerEncoded' | 'shared'> &
  RowCost & { readonly schema: Pick<RowSchema, 'slots'> };

type BatchPool = Pick<ScoringPool, 'answer' | 'busy' | 'untilFree'>;

export interface MicroBatcherOptions {
  readonly model: BatchModel;
  /** Without a pool every batch is scored where it arrived. */
  readonly pool: BatchPool | null;
  readonly observe: (place: ScoringPlace, rows: number, seconds: number) => void;
  readonly queueRowsMax?: number;
}

/** The answers of a caller's rows, in order; null where a row has none. */
export type Answers = readonly (Answer | null)[];

interface Waiter {
  readonly firstRow: number;
  readonly rows: number;
  readonly resolve: (answers: Answers) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins the rows of strangers' requests into one native call per turn of the event loop, and waits
 * for nothing: what one turn brought is scored at its end (`setImmediate`; a microtask would run
 * after each request and make batches of one). A row is encoded once, when it comes; every forest of the
 * model is asked once a batch.
 *
 * - IDLE      no row waits. The first row moves it to FILLING and asks for one drain.
 * - FILLING   rows wait for the end of the turn; a batch for the pool waits on, and grows, while every
 *             thread has enough to do. The drain moves it to IDLE, and starts the batch.
 * - STOPPED   stop() was called: answer() refuses, and rows already admitted are still scored.
 *
 * A batch whose expected work is above `INLINE_WORK_NS_MAX` goes to the pool. A batch that fails rejects
 * only its own callers.
 */
type Mode = 'IDLE' | 'FILLING' | 'STOPPED';
const MOVES: Readonly<Record<Mode, readonly Mode[]>> = {
  IDLE: ['FILLING', 'STOPPED'],
  FILLING: ['IDLE', 'STOPPED'],
  STOPPED: [],
};

export class MicroBatcher extends Service {
  readonly #model: BatchModel;
  readonly #pool: BatchPool | null;
  readonly #observe: MicroBatcherOptions['observe'];
  readonly #queueRowsMax: number;
  #mode: Mode = 'IDLE';
  #buffers: RowBuffers;
  /** Raw scores of the batch that is scored inline. */
  #raw = new Float64Array(0);
  #capacity = BUFFER_ROWS_MIN;
  #rows = 0;
  #waiters: Waiter[] = [];
  #queuedRows = 0;
  readonly #emptied: (() => void)[] = [];

  constructor(options: MicroBatcherOptions) {
    super();
    this.#model = options.model;
    this.#pool = options.pool;
    this.#observe = options.observe;
    this.#queueRowsMax = options.queueRowsMax ?? QUEUE_ROWS_MAX;
    this.#buffers = allocateRows(options.model.schema.slots, this.#capacity);
  }

  /** Rows admitted and not yet scored. */
  get queuedRows(): number {
    return this.#queuedRows;
  }

  /** Refuses new rows at once; resolves when the last admitted row has been scored. */
  protected override onStop(): Promise<void> {
    const waiting = this.#mode === 'FILLING';
    this.#move('STOPPED');
    if (waiting) this.#dispatch();
    if (this.#queuedRows === 0) return Promise.resolve();
    return new Promise((resolve) => this.#emptied.push(resolve));
  }

  /**
   * Resolves with the answers of these rows, in order.
   * @throws {ThicketError} QUEUE_FULL when too many rows wait already.
   */
  answer(rows: readonly ValidRow[]): Promise<Answers> {
    if (rows.length === 0) return Promise.resolve([]);
    if (this.#mode === 'STOPPED') {
      return Promise.reject(new ThicketError('MODEL_UNAVAILABLE', 'the model is being replaced'));
    }
    if (this.#queuedRows + rows.length > this.#queueRowsMax) {
      const sentence = `${this.#queuedRows} rows already wait to be scored`;
      return Promise.reject(new ThicketError('QUEUE_FULL', sentence));
    }
    this.#makeRoom(rows.length);
    const firstRow = this.#rows;
    rows.forEach((row, at) => this.#model.encode(row, firstRow + at, this.#buffers));
    this.#rows += rows.length;
    this.#queuedRows += rows.length;
    const answers = new Promise<Answers>((resolve, reject) => {
      this.#waiters.push({ firstRow, rows: rows.length, resolve, reject });
    });
    if (this.#mode === 'IDLE') {
      this.#move('FILLING');
      setImmediate(() => this.#drain());
    }
    return answers;
  }

  #move(to: Mode): void {
    if (!MOVES[this.#mode].includes(to)) throw new Error(`invariant: ${this.#mode} to ${to}`);
    this.#mode = to;
  }

  #drain(): void {
    if (this.#mode !== 'FILLING') return; // An earlier drain or stop() has sent the rows on already.
    if (this.#pool?.busy === true && this.#isForPool()) {
      void this.#pool.untilFree().then(() => this.#drain());
      return;
    }
    this.#move('IDLE');
    this.#dispatch();
  }

  #isForPool(): boolean {
    return this.#rows * this.#model.nsPerRow > INLINE_WORK_NS_MAX;
  }

  /** Takes what waits as one batch. Nothing that happens to it may reach the event loop. */
  #dispatch(): void {
    const pooled = this.#isForPool();
    const waiters = this.#waiters;
    const rows = this.#rows;
    this.#waiters = [];
    this.#rows = 0;
    if (this.#pool !== null && pooled) void this.#scoreInPool(this.#pool, rows, waiters);
    else this.#scoreInline(rows, waiters);
  }

  #scoreInline(rows: number, waiters: readonly Waiter[]): void {
    const startedMs = performance.now();
    try {
      const outputs = this.#model.answerEncoded(rows, this.#buffers, this.#rawFor(rows));
      this.#observe('inline', rows, (performance.now() - startedMs) / 1_000);
      this.#resolve(waiters, outputs);
    } catch (error) {
      for (const waiter of waiters) waiter.reject(error);
    } finally {
      this.#leave(rows);
    }
  }

  async #scoreInPool(pool: BatchPool, rows: number, waiters: readonly Waiter[]): Promise<void> {
    const startedMs = performance.now();
    try {
      const outputs = await pool.answer(this.#giveAway(rows));
      const { width } = this.#model.shape;
      invariant(outputs.length === rows * width, 'every row of a batch is answered');
      this.#observe('pool', rows, (performance.now() - startedMs) / 1_000);
      this.#resolve(waiters, outputs);
    } catch (error) {
      for (const waiter of waiters) waiter.reject(error);
    } finally {
      this.#leave(rows);
    }
  }

  #resolve(waiters: readonly Waiter[], outputs: Float64Array): void {
    const { shape } = this.#model;
    for (const { firstRow, rows, resolve } of waiters) {
      resolve(answersOf(shape, outputs, firstRow, rows));
    }
  }

  #rawFor(rows: number): Float64Array {
    const needed = rows * this.#model.shape.rawWidth;
    if (this.#raw.length < needed) this.#raw = new Float64Array(needed);
    return this.#raw;
  }

  #leave(rows: number): void {
    this.#queuedRows -= rows;
    if (this.#queuedRows > 0) return;
    for (const resolve of this.#emptied.splice(0)) resolve();
  }

  /** The filled part of the buffers, for a thread; the batcher goes on with new ones. */
  #giveAway(rows: number): PoolBatch {
    const { schema, shared: model, forestNsPerRow } = this.#model;
    const { slots } = schema;
    const [numberSlots, codeSlots] = [numberSlotsOf(slots), slots.codes.length];
    const { numbers, codes } = this.#buffers;
    const full = rows === this.#capacity;
    const given = {
      model,
      rows,
      forestNsPerRow,
      numbers: (full ? numbers : numbers.slice(0, rows * numberSlots)) as Float64Array<ArrayBuffer>,
      codes: (full ? codes : codes.slice(0, rows * codeSlots)) as Int32Array<ArrayBuffer>,
    };
    if (full) {
      this.#capacity = BUFFER_ROWS_MIN;
      this.#buffers = allocateRows(slots, this.#capacity);
    }
    return given;
  }

  #makeRoom(rows: number): void {
    const needed = this.#rows + rows;
    if (needed <= this.#capacity) return;
    // An empty buffer grows to the very size of a large request, so that it can be moved uncopied.
    this.#capacity = this.#rows === 0 ? needed : Math.max(needed, 2 * this.#capacity);
    const { slots } = this.#model.schema;
    const grown = allocateRows(slots, this.#capacity);
    grown.numbers.set(this.#buffers.numbers.subarray(0, this.#rows * numberSlotsOf(slots)));
    grown.codes.set(this.#buffers.codes.subarray(0, this.#rows * slots.codes.length));
    this.#buffers = grown;
  }
}
