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
 * Batches that the pool has, the one at work included: the next one is at hand when it ends. More would only
 * be smaller batches than they could become.
 */
const BATCHES_MAX = 2;

/** Encoded rows on their way to a thread, and the scores on their way back. */
export interface PoolBatch {
  readonly forests: readonly ForestUse[];
  readonly rows: number;
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
 * A thread that scores batches too large for the event loop, one after the other, and has the rows of each
 * shared by as many threads as its work is worth. Those are the addon's: they read the batch where it
 * stands, and cost neither a copy of it nor an engine of JavaScript.
 */
export class ScoringPool implements Service {
  readonly #threads: number;
  readonly #addon: ScoringPoolOptions['addon'];
  readonly #piscina: Piscina<ScoringTask, Float64Array>;
  #stopping: Promise<void> | null = null;
  #batches = 0;
  readonly #freed: (() => void)[] = [];

  constructor(options: ScoringPoolOptions) {
    this.#threads = options.threads;
    this.#addon = options.addon;
    this.#piscina = new Piscina<ScoringTask, Float64Array>({
      filename: options.threadFile.href,
      minThreads: 1,
      maxThreads: 1,
      // A thread that waits for work costs nothing; one that is started anew costs 30 ms.
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }

  /** The thread starts with the pool; the first batch would otherwise wait for it. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Batches under way are scored first: destroying the thread would reject them. */
  stop(): Promise<void> {
    this.#stopping ??= this.#piscina.close();
    return this.#stopping;
  }

  /** Whether there is enough to do: a batch that can still grow had better wait. */
  get busy(): boolean {
    return this.#batches >= BATCHES_MAX;
  }

  /** Resolves when a busy pool has answered one more batch. */
  untilFree(): Promise<void> {
    return new Promise((resolve) => this.#freed.push(resolve));
  }

  /**
   * Raw scores of the batch. The forests cannot go away under the threads: these uses are held until the
   * answer is here.
   */
  async score(batch: PoolBatch): Promise<Float64Array> {
    if (this.#stopping !== null) {
      throw new ThicketError('MODEL_UNAVAILABLE', 'the scoring threads are stopping');
    }
    const { forests, rows, rawWidth, nsPerRow, numbers, codes } = batch;
    const worth = Math.floor((rows * nsPerRow) / INLINE_WORK_NS_MAX);
    const threads = Math.max(1, Math.min(this.#threads, worth));
    for (const { handle } of forests) this.#addon.retainForest(handle);
    this.#batches++;
    try {
      const task: ScoringTask = { forests, rows, rawWidth, threads, numbers, codes };
      const raw = await this.#piscina.run(task, { transferList: [numbers.buffer, codes.buffer] });
      invariant(raw.length === rows * rawWidth, 'every row of a batch is answered');
      return raw;
    } finally {
      for (const { handle } of forests) this.#addon.releaseForest(handle);
      this.#batches--;
      for (const resolve of this.#freed.splice(0)) resolve();
    }
  }
}
