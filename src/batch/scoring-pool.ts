import { Piscina } from 'piscina';

import { ThicketError } from '../core/errors.ts';
import { Service } from '../core/service.ts';
import type { Addon } from '../forest/addon.ts';
import type { SharedModel } from '../live/live-model.ts';
import type { ScoringTask } from './scoring-task.ts';

/**
 * Expected nanoseconds of work from which a batch is worth a thread. A round trip costs about 30 us,
 * and the event loop answers no request while it scores: at 200 us the trip is a seventh of the work.
 */
export const INLINE_WORK_NS_MAX = 200_000;

/**
 * Shares of batches that a thread has, the one at work included: with the next one at hand it does not wait
 * for the event loop. More would only be smaller batches than they could become.
 */
const SHARES_PER_THREAD_MAX = 2;

/** Encoded rows on their way to a thread. */
export interface PoolBatch {
  readonly model: SharedModel;
  readonly rows: number;
  /** Expected time of the model's forests for one row: the work that threads can share. */
  readonly forestNsPerRow: number;
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
 * Threads that score batches too large for the event loop, each one batch at a time. A thread with a batch
 * that is worth several lets the addon share its rows: those threads read it where it stands, and
 * cost neither a copy of it nor an engine of JavaScript.
 */
export class ScoringPool extends Service {
  readonly #threads: number;
  readonly #threadFile: URL;
  readonly #addon: ScoringPoolOptions['addon'];
  #piscina: Piscina<ScoringTask, Float64Array> | null = null;
  #shares = 0;
  readonly #freed: (() => void)[] = [];

  constructor(options: ScoringPoolOptions) {
    super();
    this.#threads = options.threads;
    this.#threadFile = options.threadFile;
    this.#addon = options.addon;
  }

  /** The threads start with the pool; the first batch would otherwise wait for them. */
  protected override onStart(): Promise<void> {
    this.#piscina = new Piscina<ScoringTask, Float64Array>({
      filename: this.#threadFile.href,
      minThreads: this.#threads,
      maxThreads: this.#threads,
      // A thread that waits for work costs nothing; one that is started anew costs 30 ms.
      idleTimeout: Number.POSITIVE_INFINITY,
    });
    return Promise.resolve();
  }

  /** Batches under way are scored first: destroying the threads would reject them. */
  protected override async onStop(): Promise<void> {
    await this.#piscina?.close();
  }

  /** True where every thread has enough work: a batch that can still grow had better wait. */
  get busy(): boolean {
    return this.#shares >= SHARES_PER_THREAD_MAX * this.#threads;
  }

  /** Resolves when a busy pool has answered one more batch. */
  untilFree(): Promise<void> {
    return new Promise((resolve) => this.#freed.push(resolve));
  }

  /**
   * The numbers of the rows' answers. The forests cannot go away under the threads: these uses are held until
   * the answers are here.
   */
  async answer(batch: PoolBatch): Promise<Float64Array> {
    if (this.stopping || this.#piscina === null) {
      throw new ThicketError('MODEL_UNAVAILABLE', 'the scoring threads do not run');
    }
    const { model, rows, forestNsPerRow, numbers, codes } = batch;
    const uses = [...model.forests, ...model.headForests];
    const worth = Math.floor((rows * forestNsPerRow) / INLINE_WORK_NS_MAX);
    const threads = Math.max(1, Math.min(this.#threads, worth));
    for (const { handle } of uses) this.#addon.retainForest(handle);
    this.#shares += threads;
    try {
      const task: ScoringTask = { model, rows, threads, numbers, codes };
      return await this.#piscina.run(task, { transferList: [numbers.buffer, codes.buffer] });
    } finally {
      for (const { handle } of uses) this.#addon.releaseForest(handle);
      this.#shares -= threads;
      for (const resolve of this.#freed.splice(0)) resolve();
    }
  }
}
