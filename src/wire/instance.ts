import { ThicketError } from '../core/errors.ts';
import { packageVersion } from '../core/package-root.ts';
import { Service, stopAll } from '../core/service.ts';
import { readDataset } from '../data/datasets/read.ts';
import { datasetFile, EXAMPLE, loadExample } from '../data/example.ts';
import { loadAddon } from '../forest/load.ts';
import { profileOf } from '../http/profiles/choice.ts';
import { workerRoutes } from '../http/routes/api-routes.ts';
import type { ServerContext } from '../http/server/context.ts';
import { HttpServer } from '../http/server.ts';
import { PostgresBroker } from '../jobs/broker/postgres-broker.ts';
import { Jobs, LEASE_MS } from '../jobs/jobs.ts';
import type { Config } from '../ops/config.ts';
import type { Log } from '../ops/log.ts';
import { Metrics } from '../ops/metrics.ts';
import { wantedModels } from '../registry/model-source.ts';
import { LiveModels } from '../score/live-models.ts';
import { EmbeddedPostgres } from '../store/embedded/embedded.ts';
import { findReply } from '../store/outcomes/reply-keys.ts';
import { Store } from '../store/store.ts';
import { modelsOrExample } from './example.ts';
import { NO_STORE, missingOf } from './missing.ts';
import { ScoringPath } from './scoring-path.ts';

/** Connections for queries of raw rows; writing has its own. */
const STORE_POOL_SIZE = 4;
/** Between looks at whether the store has come up; it wakes the wait by itself when it has. */
const STORE_WAIT_MS = 60_000;

/**
 * `everything` takes requests and works at jobs, and the example's rows and model stand in for what is not
 * there; `api` leaves jobs to others; a `worker` only works at them, and says by HTTP how it is.
 */
export type Role = 'everything' | 'api' | 'worker';

export interface InstanceOptions {
  readonly config: Config;
  readonly log: Log;
  readonly role: Role;
}

/**
 * One serving process with all of its parts. It listens first, so that `/ready` can say
 * what is missing, and stops in the opposite order of its start.
 */
export class Instance extends Service {
  readonly #config: Config;
  readonly #log: Log;
  readonly #role: Role;
  readonly #metrics = new Metrics();
  readonly #models: LiveModels;
  readonly #server: HttpServer;
  readonly #started: Service[] = [];
  /** Null where DATABASE_URL names a server. */
  readonly #embedded: EmbeddedPostgres | null;
  #store: Store | null = null;
  #path: ScoringPath | null = null;
  #jobs: Jobs | null = null;
  #exampleMissing: boolean;
  #isReady = false;

  constructor({ config, log, role }: InstanceOptions) {
    super();
    this.#config = config;
    this.#log = log;
    this.#role = role;
    this.#exampleMissing = role === 'everything' && datasetFile(config.dataset) === EXAMPLE.dataset;
    const { databaseUrl, dataDir: directory } = config;
    this.#embedded = databaseUrl === null ? new EmbeddedPostgres({ directory, log }) : null;
    this.#models = new LiveModels(config.models.map(({ name }) => name));
    const context: ServerContext = {
      config,
      log,
      metrics: this.#metrics,
      models: this.#models,
      storeStatus: () => this.#store?.status() ?? NO_STORE,
      findReply: async (key) => (this.#store === null ? null : findReply(this.#store, key)),
      missing: () =>
        missingOf({
          store: this.#store,
          storing: this.#path?.storing ?? null,
          models: this.#models,
          exampleMissing: this.#exampleMissing,
        }),
      jobs: () => this.#jobsOrThrow(),
      appVersion: packageVersion(),
      modelName: config.model.name,
      target: config.model.target,
    };
    this.#server =
      role === 'worker'
        ? new HttpServer(
            context,
            workerRoutes(context, () => this.#server.closing),
          )
        : new HttpServer(context);
  }

  /** Where the started instance listens. */
  get address(): string {
    return `http://${this.#config.host}:${this.#server.port}`;
  }

  /** True once a load balancer may have seen it ready. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** From here on `/ready` says no, and everything is still served. */
  drain(): void {
    this.#embedded?.announceStop();
    this.#server.drain();
  }

  /** For a process that ends now. Every outcome that was acknowledged as stored is stored. */
  abandon(): void {
    this.#embedded?.abandon();
  }

  /** Ends when everything is there; Postgres is waited for as long as it takes. */
  protected override async onStart(): Promise<void> {
    // Before the port: an owner of the directory that still stops may hold that as well.
    if (this.#embedded !== null) await this.#claim(this.#embedded);
    const addon = loadAddon(); // On the main thread, before the first worker thread starts.
    await this.#server.start();
    this.#metrics.addGauge('thicket_live_forests', 'Forests in memory.', () => addon.liveForests());
    const dataset = await readDataset(datasetFile(this.#config.dataset));
    const store = await this.#startStore();
    this.#path = await this.#begin(
      new ScoringPath({
        config: this.#config,
        store,
        dataset,
        models: this.#models,
        metrics: this.#metrics,
        log: this.#log,
        accept: (live) => profileOf(live, this.#config.profile),
      }),
    );
    const path = this.#path;
    // One after the other: a file that is read takes many times the memory of its forest.
    const models =
      this.#role === 'everything' ? modelsOrExample(this.#config) : wantedModels(this.#config);
    for (const wanted of models) {
      this.stopSignal.throwIfAborted();
      await path.serve(wanted);
    }
    await this.#untilStoreIsThere(store);
    await path.storing?.proof(this.stopSignal);
    this.stopSignal.throwIfAborted();
    const { dataDir: directory } = this.#config;
    if (this.#exampleMissing) await loadExample(store, dataset, { directory, log: this.#log });
    this.#exampleMissing = false;
    this.#jobs = await this.#begin(this.#createJobs(store));
    this.#isReady = true;
  }

  protected override async onStop(): Promise<void> {
    await this.#server.stop();
    await stopAll(this.#started);
  }

  #jobsOrThrow(): Jobs {
    if (this.#jobs !== null) return this.#jobs;
    throw new ThicketError('NOT_READY', 'the instance has not started yet');
  }

  #createJobs(store: Store): Jobs {
    const { batchRowsMax: rowsMax, storeDeadlineMs: deadlineMs } = this.#config;
    const log = this.#log;
    const broker = new PostgresBroker({ store, log, leaseMs: LEASE_MS });
    const works = this.#role !== 'api';
    return new Jobs({ store, broker, models: this.#models, log, works, rowsMax, deadlineMs });
  }

  /** The store connects on its own time: only the embedded server itself is waited for. */
  async #startStore(): Promise<Store> {
    await this.#embedded?.start();
    const url = this.#config.databaseUrl ?? this.#embedded!.url;
    const serverLog = this.#embedded?.serverLog;
    const options = { url, poolSize: STORE_POOL_SIZE, log: this.#log, serverLog };
    this.#store = await this.#begin(new Store(options));
    return this.#store;
  }

  async #claim(embedded: EmbeddedPostgres): Promise<void> {
    this.stopSignal.throwIfAborted();
    this.#started.push(embedded);
    await embedded.claim();
  }

  async #untilStoreIsThere(store: Store): Promise<void> {
    while (!store.status().connected) {
      this.stopSignal.throwIfAborted();
      await store.ready(STORE_WAIT_MS, this.stopSignal).catch(() => {}); // It logs why; `/ready` says it too.
    }
  }

  async #begin<Started extends Service>(service: Started): Promise<Started> {
    this.stopSignal.throwIfAborted();
    this.#started.push(service); // Before it has started: a start that fails half-way is stopped too.
    await service.start();
    return service;
  }
}
