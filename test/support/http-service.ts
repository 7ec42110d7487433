import { MicroBatcher } from '../../src/batch/micro-batcher.ts';
import { loadAddon } from '../../src/forest/load.ts';
import type { Neighbours } from '../../src/http/server/neighbours.ts';
import { HttpServer } from '../../src/http/server.ts';
import type { Model } from '../../src/model/model.ts';
import { createLog } from '../../src/ops/log.ts';
import { Metrics } from '../../src/ops/metrics.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import { Scoring, type ScoringOptions } from '../../src/score/scoring.ts';
import { tinyModel } from './tiny-model.ts';

export interface Service {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly scoring: Scoring;
  readonly metrics: Metrics;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly model?: Model;
  readonly scoring?: StoreSide;
  readonly neighbours?: Partial<Omit<Neighbours, 'config'>>;
  readonly config?: Partial<Neighbours['config']>;
}

/** The service path without its store: a server on a free port, a live model, no outcomes kept. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const metrics = new Metrics();
  const config: Neighbours['config'] = {
    host: '127.0.0.1',
    port: 0,
    bodyBytesMax: 64 * 1024,
    batchRowsMax: 1_000,
    chunkRows: 200,
    extraFields: 'ignore',
    production: false,
    ...options.config,
  };
  const scoring = createScoring(
    options.model ?? tinyModel(),
    metrics,
    {
      chunkRows: config.chunkRows,
      ...options.scoring,
    },
    config.extraFields,
  );
  const server = new HttpServer({
    config,
    log: createLog('silent'),
    metrics,
    scoring: () => scoring,
    storeStatus: () => ({ connected: true, reason: '' }),
    missing: () => [],
    appVersion: '0.0.0-test',
    modelName: 'rf_profit_margin',
    target: 'profit_margin',
    modelUri: () => 'tiny',
    modelFallbackReason: () => null,
    ...options.neighbours,
  });
  const port = server.start();
  const stop = async (): Promise<void> => {
    await server.close();
    await scoring.stop();
  };
  return { url: `http://127.0.0.1:${port}`, port, server, scoring, metrics, stop };
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
    observe: (place, rows, seconds) => metrics.observeBatch(place, rows, seconds),
  });
  return new Scoring({
    live,
    batcher,
    level: 'none',
    write: () => Promise.reject(new Error('nothing is written at level none')),
    rawRows: { table: 'raw_superstore', byIds: () => Promise.resolve(new Map()) },
    chunkRows: 200,
    ...storeSide,
  });
}
