import { MicroBatcher } from '../batch/micro-batcher.ts';
import { ScoringPool } from '../batch/scoring-pool.ts';
import { ThicketError } from '../core/errors.ts';
import { Service, stopAll } from '../core/service.ts';
import type { Dataset } from '../data/dataset.ts';
import { RawRows } from '../data/raw-rows.ts';
import { loadAddon } from '../forest/load.ts';
import { type LiveModel, createLiveModel } from '../live/live-model.ts';
import type { Config } from '../ops/config.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { SourcedModel, WantedModel } from '../registry/model-source.ts';
import { LiveModels } from '../score/live-models.ts';
import { Observation, type Observer } from '../score/observation.ts';
import { Scoring } from '../score/scoring.ts';
import type { Guard } from '../store/outcomes/guard.ts';
import { type OutcomeDraft, OutcomeWriter } from '../store/outcomes/outcome-writer.ts';
import type { Storing } from '../store/outcomes/storing.ts';
import type { Store } from '../store/store.ts';

export interface ScoringPathOptions {
  readonly config: Pick<
    Config,
    | 'outcomeLevel'
    | 'extraFields'
    | 'chunkRows'
    | 'scoringThreads'
    | 'outcomeRowsMax'
    | 'storeDeadlineMs'
  >;
  readonly store: Store;
  /** The tables that raw ids belong to. */
  readonly dataset: Dataset;
  readonly models: LiveModels;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Each sees every row that any of the models has answered. */
  readonly observers?: readonly Observer[];
  /** Throws where a model that is ready cannot be served all the same. */
  readonly accept?: (live: LiveModel) => void;
}

/**
 * From rows to stored outcomes: the live models, and the threads and the writer that all of them share.
 * Every command that scores rows into the store goes this way.
 */
export class ScoringPath extends Service {
  readonly #options: ScoringPathOptions;
  readonly #addon = loadAddon();
  readonly #writer: OutcomeWriter;
  readonly #pool: ScoringPool;

  constructor(options: ScoringPathOptions) {
    super();
    const { config, store, log, metrics, models } = options;
    this.#options = options;
    metrics.addModelGauge('thicket_scoring_rows_waiting', 'Rows admitted and not yet scored.', () =>
      models.queuedRows(),
    );
    this.#writer = new OutcomeWriter({
      store,
      rowsMax: config.outcomeRowsMax,
      deadlineMs: config.storeDeadlineMs,
      log,
      observer: metrics,
    });
    this.#pool = new ScoringPool({
      threads: config.scoringThreads,
      threadFile: new URL('../batch/scoring-thread.js', import.meta.url),
      addon: this.#addon,
    });
  }

  /** Knows if outcomes can be stored; null where none are. */
  get storing(): Storing | null {
    return this.#options.config.outcomeLevel === 'none' ? null : this.#writer.storing;
  }

  /** For outcomes that commit together with something else; see `Guard`. */
  writeGuarded(drafts: readonly OutcomeDraft[], guard: Guard): Promise<readonly (number | null)[]> {
    return this.#writer.writeGuarded(drafts, guard);
  }

  protected override async onStart(): Promise<void> {
    for (const part of this.#parts) await part.start();
  }

  protected override async onStop(): Promise<void> {
    await stopAll(this.#parts);
  }

  /** In the order of their start. */
  get #parts(): readonly Service[] {
    return [this.#writer, this.#pool, this.#options.models];
  }

  /**
   * Reads the model, proves it on its golden rows and makes it live, in the place of one of its name.
   * @throws {ThicketError} The sentence names the model where it was given a name.
   */
  async serve({ name, source }: WantedModel): Promise<Scoring> {
    try {
      return await this.#serve(name, await source());
    } catch (error) {
      if (!(error instanceof ThicketError) || name === null) throw error;
      throw new ThicketError(error.code, `model ${name}: ${error.message}`, { cause: error });
    }
  }

  async #serve(name: string | null, { model, digest, uri, fallbackReason }: SourcedModel) {
    const { config, store, dataset, models, metrics, log } = this.#options;
    const { observers = [], accept } = this.#options;
    const { extraFields, outcomeLevel: level, chunkRows } = config;
    if (fallbackReason !== null) log.warn({ uri, fallbackReason }, 'fell back to MODEL_PATH');
    const live = createLiveModel(model, { addon: this.#addon, extraFields, trees: 'given' });
    try {
      accept?.(live);
    } catch (error) {
      live.close();
      throw error;
    }
    const servedAs = name ?? live.metadata.name;
    const scoring = new Scoring({
      live,
      digest,
      batcher: new MicroBatcher({
        model: live,
        pool: this.#pool,
        observe: metrics.batchObserver(servedAs),
      }),
      level,
      write: (drafts, durability, reply) => this.#writer.write(drafts, durability, reply),
      writeGuarded: (drafts, guard) => this.#writer.writeGuarded(drafts, guard),
      rawRows: new RawRows(store, dataset, live.schema.fields),
      chunkRows,
      observation: observers.length === 0 ? undefined : new Observation(observers, log),
    });
    await models.replace(servedAs, { scoring, uri, fallbackReason });
    return scoring;
  }
}
