import { Piscina } from 'piscina';

import { invariant, ThicketError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import type { Addon } from '../forest/addon.ts';
import type { ForestUse } from '../forest/score-forests.ts';
import type { ScoringTask } from './scoring-task.ts';

/**
 * Expected nanoseconds of work from which a batch is worth a thread. A round trip costs about 30 us,
 * and the event loop answers nobody while it scores: at 200 us the trip is a seventh of the work.
 */
export const INLINE_WORK_NS_MAX = 200_000;

/**
 * Pieces that a thread has, the one at work included: with the next one at hand it does not wait for
 * the event loop. More would only be smaller batches than they could become.
 */
const PIECES_PER_THREAD_MAX = 2;

/** Encoded rows on their way to a thread, and the scores on their way back. */
export interface PoolBatch {
  readonly forests: readonly ForestUse[];
  readonly rows: number;
  /** Numbers, codes and raw scores of one row. */
  readonly numberSlots: number;
  readonly codeSlots: number;
  readonly rawWidth: number;
  readonly nsPerRow: number;
  /** Exactly `rows` rows; given away by the call. */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly codes: Int32Array<ArrayBuffer>;
}

export interface ScoringPoolOptions {
  readonly threads: number;
  /** The file of the scoring thread, compiled: threads cannot run TypeScript. */
  readonly threadFile: URL;
  readonly addon: Pick<Addon, 'retainForest' | 'releaseForest'>;
}

/**
 * Threads that score batches too large for the event loop. All of them read the one native forest by
 * its handle, so a thread costs its stack and no copy of a model.
 */
export class ScoringPool implements Service {
  readonly #threads: number;
  readonly #addon: ScoringPoolOptions['addon'];
  readonly #piscina: Piscina<ScoringTask, Float64Array>;
  #stopping: Promise<void> | null = null;
  #pieces = 0;
  readonly #freed: (() => void)[] = [];

  constructor(options: ScoringPoolOptions) {
    this.#threads = options.threads;
    this.#addon = options.addon;
    this.#piscina = new Piscina<ScoringTask, Float64Array>({
      filename: options.threadFile.href,
      minThreads: options.threads,
      maxThreads: options.threads,
      // A thread that waits for work costs nothing; one that is started anew costs 30 ms.
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }

  /** The threads start with the pool; the first batch would otherwise wait for them. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Batches under way are scored first: destroying the threads would reject them. */
  stop(): Promise<void> {
    this.#stopping ??= this.#piscina.close();
    return this.#stopping;
  }

  /** Whether every thread has enough to do: a batch that can still grow had better wait. */
  get busy(): boolean {
    return this.#pieces >= PIECES_PER_THREAD_MAX * this.#threads;
  }

  /** Resolves when a busy pool has answered one more piece. */
  untilFree(): Promise<void> {
    return new Promise((resolve) => this.#freed.push(resolve));
  }

  /** Raw scores of the batch, in pieces for as many threads as its work is worth. */
  async score(batch: PoolBatch): Promise<Float64Array> {
    if (this.#stopping !== null) {
      throw new ThicketError('MODEL_UNAVAILABLE', 'the scoring threads are stopping');
    }
    const work = batch.rows * batch.nsPerRow;
    const pieces = Math.max(1, Math.min(this.#threads, Math.floor(work / INLINE_WORK_NS_MAX)));
    if (pieces === 1) return this.#run(batch);
    const rowsEach = Math.ceil(batch.rows / pieces);
    const runs: Promise<Float64Array>[] = [];
    for (let first = 0; first < batch.rows; first += rowsEach) {
      runs.push(this.#run(pieceOf(batch, first, Math.min(rowsEach, batch.rows - first))));
    }
    // Every piece must settle before the first failure is told: none may outlive the call.
    const settled = await Promise.allSettled(runs);
    const raw = new Float64Array(batch.rows * batch.rawWidth);
    settled.forEach((piece, at) => {
      if (piece.status === 'rejected') throw piece.reason;
      raw.set(piece.value, at * rowsEach * batch.rawWidth);
    });
    return raw;
  }

  /** The forests cannot go away under the thread: these uses are held until its answer is here. */
  async #run(batch: PoolBatch): Promise<Float64Array> {
    const { forests, rows, rawWidth, numbers, codes } = batch;
    for (const { handle } of forests) this.#addon.retainForest(handle);
    this.#pieces++;
    try {
      const task: ScoringTask = { forests, rows, rawWidth, numbers, codes };
      const raw = await this.#piscina.run(task, { transferList: [numbers.buffer, codes.buffer] });
      invariant(raw.length === rows * rawWidth, 'a thread answers every row it was given');
      return raw;
    } finally {
      for (const { handle } of forests) this.#addon.releaseForest(handle);
      this.#pieces--;
      for (const resolve of this.#freed.splice(0)) resolve();
    }
  }
}

function pieceOf(batch: PoolBatch, first: number, rows: number): PoolBatch {
  const { numberSlots, codeSlots } = batch;
  return {
    ...batch,
    rows,
    numbers: batch.numbers.slice(first * numberSlots, (first + rows) * numberSlots),
    codes: batch.codes.slice(first * codeSlots, (first + rows) * codeSlots),
  };
}
