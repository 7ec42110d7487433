import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { MicroBatcher } from '../batch/micro-batcher.ts';
import { ScoringPool } from '../batch/scoring-pool.ts';
import { PACKAGE_ROOT, packageVersion } from '../core/package-root.ts';
import { type Service, stopAll } from '../core/service.ts';
import { SUPERSTORE } from '../data/datasets/superstore.ts';
import { loadExample } from '../data/example.ts';
import { RawRows } from '../data/raw-rows.ts';
import { loadAddon } from '../forest/load.ts';
import { HttpServer } from '../http/server.ts';
import { readModel, withGolden } from '../import/load-model.ts';
import { applySpec, readSpec } from '../model/spec.ts';
import type { Config } from '../ops/config.ts';
import type { Log } from '../ops/log.ts';
import { Metrics } from '../ops/metrics.ts';
import { createLiveModel } from '../live/live-model.ts';
import { type SourcedModel, sourceModel } from '../registry/model-source.ts';
import { LiveModels } from '../score/live-models.ts';
import { Scoring } from '../score/scoring.ts';
import { EmbeddedPostgres } from '../store/embedded/embedded.ts';
import { OutcomeWriter } from '../store/outcomes/outcome-writer.ts';
import { Store } from '../store/store.ts';

const EXAMPLE = join(PACKAGE_ROOT, 'examples/superstore');
/** Connections for queries of raw rows; writing has its own. */
const STORE_POOL_SIZE = 4;
/** Between looks at whether the store has come up; it wakes the wait by itself when it has. */
const STORE_WAIT_MS = 60_000;

export interface InstanceOptions {
  readonly config: Config;
  readonly log: Log;
  /** `up`: the example's rows and model stand in for what is not there. */
  readonly example: boolean;
}

/**
 * One serving process: everything that knows everything. It listens first, so that `/ready` can say
 * what is missing, and stops in the opposite order of its start.
 */
export class Instance {
  readonly #config: Config;
  readonly #log: Log;
  readonly #example: boolean;
  readonly #metrics = new Metrics();
  readonly #server: HttpServer;
  readonly #started: Service[] = [];
  readonly #stopped = new AbortController();
  #stopping: Promise<void> | null = null;
  #store: Store | null = null;
  readonly #models = new LiveModels();
  #exampleMissing: boolean;

  constructor(options: InstanceOptions) {
    this.#config = options.config;
    this.#log = options.log;
    this.#example = options.example;
    this.#exampleMissing = options.example;
    this.#server = new HttpServer({
      config: options.config,
      log: options.log,
      metrics: this.#metrics,
      models: this.#models,
      storeStatus: () => this.#store?.status() ?? NO_STORE,
      missing: () => this.#missing(),
      appVersion: packageVersion(),
      modelName: options.config.model.name,
      target: options.config.model.target,
    });
  }

  /** Resolves with the address once everything is there; Postgres is waited for as long as it takes. */
  async start(): Promise<string> {
    const addon = loadAddon(); // On the main thread, before the first worker thread starts.
    const port = this.#server.start();
    this.#metrics.addGauge('thicket_live_forests', 'Forests in memory.', () => addon.liveForests());
    const [sourced, store] = await Promise.all([this.#sourceModel(), this.#startStore()]);
    const writer = await this.#begin(this.#outcomeWriter(store));
    const pool = await this.#begin(
      new ScoringPool({
        threads: this.#config.scoringThreads,
        threadFile: new URL('../batch/scoring-thread.js', import.meta.url),
        addon,
      }),
    );
    const live = createLiveModel(sourced.model, {
      addon,
      extraFields: this.#config.extraFields,
      trees: 'given',
    });
    const batcher = new MicroBatcher({
      model: live,
      pool,
      observe: (place, rows, seconds) => this.#metrics.observeBatch(place, rows, seconds),
    });
    const scoring = new Scoring({
      live,
      batcher,
      level: this.#config.outcomeLevel,
      write: (drafts, level) => writer.write(drafts, level),
      rawRows: new RawRows(store, SUPERSTORE, live.schema.fields),
      chunkRows: this.#config.chunkRows,
    });
    await this.#begin(this.#models);
    const { uri, fallbackReason } = sourced;
    await this.#models.replace(live.metadata.name, { scoring, uri, fallbackReason });
    await this.#untilStoreIsThere(store);
    if (this.#example) await this.#loadExampleRows(store);
    return `http://${this.#config.host}:${port}`;
  }

  /** Not ready, still serving for the drain delay, then everything in the opposite order. */
  stop(drainDelayMs: number): Promise<void> {
    this.#stopping ??= this.#stop(drainDelayMs);
    return this.#stopping;
  }

  async #stop(drainDelayMs: number): Promise<void> {
    this.#server.drain();
    await delay(drainDelayMs);
    this.#stopped.abort();
    await this.#server.close();
    await stopAll(this.#started);
  }

  async #sourceModel(): Promise<SourcedModel> {
    const { model } = this.#config;
    const useExample = this.#example && model.uri === null && model.path === null;
    const sourced = await (useExample ? exampleModel() : sourceModel(model));
    const { uri, fallbackReason } = sourced;
    if (fallbackReason !== null) this.#log.warn({ uri, fallbackReason }, 'fell back to MODEL_PATH');
    return sourced;
  }

  /** The store connects on its own time: only the embedded server itself is waited for. */
  async #startStore(): Promise<Store> {
    let url = this.#config.databaseUrl;
    if (url === null) {
      const embedded = new EmbeddedPostgres({ directory: this.#config.dataDir, log: this.#log });
      await this.#begin(embedded);
      url = embedded.url;
    }
    this.#store = await this.#begin(new Store({ url, poolSize: STORE_POOL_SIZE, log: this.#log }));
    return this.#store;
  }

  #outcomeWriter(store: Store): OutcomeWriter {
    return new OutcomeWriter({
      store,
      rowsMax: this.#config.outcomeRowsMax,
      deadlineMs: this.#config.storeDeadlineMs,
      log: this.#log,
      observer: this.#metrics,
    });
  }

  async #untilStoreIsThere(store: Store): Promise<void> {
    while (!store.status().connected) {
      this.#stopped.signal.throwIfAborted();
      await store.ready(STORE_WAIT_MS).catch(() => {}); // It logs why; `/ready` says it too.
    }
  }

  async #loadExampleRows(store: Store): Promise<void> {
    const generator = pathToFileURL(join(EXAMPLE, 'generate.mjs')).href;
    const { superstoreCsv } = (await import(generator)) as {
      superstoreCsv: (rows: number) => Iterable<string>;
    };
    await loadExample(store, superstoreCsv, { directory: this.#config.dataDir, log: this.#log });
    this.#exampleMissing = false;
  }

  #missing(): readonly string[] {
    const missing: string[] = [];
    const store = this.#store?.status() ?? NO_STORE;
    if (!store.connected) missing.push(`Postgres is not available: ${store.reason}`);
    if (this.#models.find() === null) missing.push('the model is not loaded yet');
    if (this.#exampleMissing) missing.push('the example rows are not loaded yet');
    return missing;
  }

  async #begin<Started extends Service>(service: Started): Promise<Started> {
    this.#stopped.signal.throwIfAborted();
    this.#started.push(service); // Before it has started: a start that fails half-way is stopped too.
    await service.start();
    return service;
  }
}

/** The example's pipeline, with the spec that says what its file cannot. */
async function exampleModel(): Promise<SourcedModel> {
  const uri = join(EXAMPLE, 'model.joblib');
  const { model } = await readModel(uri);
  const specified = applySpec(model, await readSpec(join(EXAMPLE, 'spec.json')));
  return { model: withGolden(specified), uri, fallbackReason: null };
}

const NO_STORE = { connected: false, reason: 'not started' };
