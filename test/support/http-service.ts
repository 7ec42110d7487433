import { ThicketError } from '../../src/core/errors.ts';
import { MicroBatcher } from '../../src/batch/micro-batcher.ts';
import { loadAddon } from '../../src/forest/load.ts';
import type { ServerContext } from '../../src/http/server/context.ts';
import type { Route } from '../../src/http/server/route.ts';
import { HttpServer } from '../../src/http/server.ts';
import type { Model } from '../../src/model/model.ts';
import { createLog } from '../../src/ops/log.ts';
import { Metrics } from '../../src/ops/metrics.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import { LiveModels } from '../../src/score/live-models.ts';
import { Scoring, type ScoringOptions } from '../../src/score/scoring.ts';
import { tinyModel } from './tiny-model.ts';

export interface Service {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly context: ServerContext;
  readonly models: LiveModels;
  /** The way through the first model. */
  readonly scoring: Scoring;
  readonly metrics: Metrics;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** The first model; each is found by the name in its metadata. */
  readonly model?: Model;
  readonly others?: readonly Model[];
  readonly scoring?: StoreSide;
  readonly context?: Partial<Omit<ServerContext, 'config'>>;
  readonly config?: Partial<ServerContext['config']>;
  /** Instead of the routes of the product. */
  readonly routes?: readonly Route[];
  /** Where the first model is said to come from. */
  readonly uri?: string;
}

/** The service path without its store: a server on a free port, live models, no outcomes kept. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const metrics = new Metrics();
  const config: ServerContext['config'] = {
    host: '127.0.0.1',
    port: 0,
    bodyBytesMax: 64 * 1024,
    batchBodyBytesMax: 256 * 1024,
    bodiesBytesMax: 1024 * 1024,
    bodyDeadlineMs: 10_000,
    batchRowsMax: 1_000,
    chunkRows: 200,
    extraFields: 'ignore',
    profile: null,
    uwsPath: null,
    outcomeLevel: options.scoring?.level ?? 'none',
    ...options.config,
  };
  const models = new LiveModels();
  for (const model of [options.model ?? tinyModel(), ...(options.others ?? [])]) {
    const storeSide = { chunkRows: config.chunkRows, ...options.scoring };
    const scoring = createScoring(model, metrics, storeSide, config.extraFields);
    await models.replace(model.metadata.name, {
      scoring,
      uri: options.uri ?? 'tiny',
      fallbackReason: null,
    });
  }
  const context: ServerContext = {
    config,
    log: createLog('silent'),
    metrics,
    models,
    storeStatus: () => ({ connected: true, reason: '' }),
    findReply: () => Promise.resolve(null),
    missing: () => [],
    jobs: noJobs,
    appVersion: '0.0.0-test',
    modelName: 'rf_profit_margin',
    target: 'profit_margin',
    ...options.context,
  };
  const server = new HttpServer(context, options.routes);
  await server.start();
  const { port } = server;
  const stop = async (): Promise<void> => {
    await server.stop();
    await models.stop();
  };
  const url = `http://127.0.0.1:${port}`;
  return { url, port, server, context, models, scoring: models.find()!, metrics, stop };
}

export type StoreSide = Partial<Omit<ScoringOptions, 'live' | 'batcher'>>;

/** The way through a model, inline, with nothing kept unless `storeSide` keeps it. */
export function createScoring(
  model: Model,
  metrics: Metrics,
  storeSide: StoreSide = {},
  extraFields: 'ignore' | 'forbid' = 'ignore',
): Scoring {
  const live = createLiveModel(model, { addon: loadAddon(), extraFields });
  const batcher = new MicroBatcher({
    model: live,
    pool: null,
    observe: metrics.batchObserver(live.metadata.name),
  });
  return new Scoring({
    live,
    digest: model.metadata.sourceDigest,
    batcher,
    level: 'none',
    write: () => Promise.reject(new Error('nothing is written at level none')),
    writeGuarded: () => Promise.reject(new Error('nothing is written at level none')),
    rawRows: { table: 'raw_superstore', byIds: () => Promise.resolve(new Map()) },
    chunkRows: 200,
    ...storeSide,
  });
}

/** Of a server without a store. */
export function noJobs(): never {
  throw new ThicketError('NOT_READY', 'there are no jobs in this test');
}
