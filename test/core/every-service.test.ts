import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect } from 'vitest';

import { MicroBatcher } from '../../src/batch/micro-batcher.ts';
import { ScoringPool } from '../../src/batch/scoring-pool.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { HttpServer } from '../../src/http/server.ts';
import { PostgresBroker } from '../../src/jobs/broker/postgres-broker.ts';
import { Jobs } from '../../src/jobs/jobs.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { JobRunner } from '../../src/jobs/runner.ts';
import { JobSubmitter } from '../../src/jobs/submitter.ts';
import { JobWorker } from '../../src/jobs/worker.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import { Metrics } from '../../src/ops/metrics.ts';
import { parseConfig } from '../../src/ops/config.ts';
import type { SourcedModel } from '../../src/registry/model-source.ts';
import { LiveModels } from '../../src/score/live-models.ts';
import { EmbeddedPostgres } from '../../src/store/embedded/embedded.ts';
import { OutcomeWriter } from '../../src/store/outcomes/outcome-writer.ts';
import { Store } from '../../src/store/store.ts';
import { Transactions } from '../../src/store/transactions.ts';
import type { Instance } from '../../src/wire/instance.ts';
import type { ScoringPath } from '../../src/wire/scoring-path.ts';
import { createScoring, noJobs } from '../support/http-service.ts';
import { draft } from '../support/outcomes.ts';
import {
  quietLog,
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';
import { SUPERSTORE } from '../support/superstore.ts';
import { tinyModel } from '../support/tiny-model.ts';
import { testService } from './service-conformance.ts';

/** The compiled product: its scoring threads cannot run TypeScript. */
const DIST = new URL('../../dist/src/', import.meta.url);
const compiled = async <Module>(path: string): Promise<Module> =>
  (await import(new URL(path, DIST).href)) as Module;
const wire = {
  ...(await compiled<{ Instance: typeof Instance }>('wire/instance.js')),
  ...(await compiled<{ ScoringPath: typeof ScoringPath }>('wire/scoring-path.js')),
};

function sourceTiny(): Promise<SourcedModel> {
  return Promise.resolve({
    model: tinyModel(),
    digest: 'd'.repeat(64),
    uri: 'tiny',
    fallbackReason: null,
  });
}

const ROW = { sales: 250, quantity: 3, segment: 'Corporate' };
const MODEL_PATH = 'examples/superstore/model.joblib';
const addon = loadAddon();
const directories: string[] = [];
let postgres: TestPostgres;
let store: Store;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url, 1);
  await store.query((sql) => sql`select 1`); // Its one connection for queries is there from now on.
}, STORE_READY_MS_MAX);
afterAll(async () => {
  await store.stop();
  await postgres.stop();
  for (const directory of directories) rmSync(directory, { recursive: true });
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'thicket-service-'));
  directories.push(directory);
  return directory;
}

testService('EmbeddedPostgres', {
  create: () => new EmbeddedPostgres({ directory: newDirectory(), log: quietLog }),
  createFailing: () => new EmbeddedPostgres({ directory: postgres.directory, log: quietLog }),
});

testService('Store', {
  create: () => new Store({ url: postgres.url, poolSize: 2, log: quietLog }),
  expectWorking: async (service) => {
    await service.ready(STORE_READY_MS_MAX);
    expect(await service.query((sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
  },
});

testService('Transactions', {
  create: () => new Transactions(() => store.client({ max: 1 }), 2),
  expectWorking: async (service) => {
    expect(await service.run((tx) => tx`select 1 as one`, 5_000)).toEqual([{ one: 1 }]);
  },
});

testService('OutcomeWriter', {
  create: () => new OutcomeWriter({ store, log: quietLog, rowsMax: 10, deadlineMs: 5_000 }),
  expectWorking: async (service) => {
    expect(await service.write([draft(1)], 'stored')).toHaveLength(1);
  },
});

testService('ScoringPool', {
  create: () =>
    new ScoringPool({ threads: 2, threadFile: new URL('batch/scoring-thread.js', DIST), addon }),
});

testService('MicroBatcher', {
  create: () => {
    const live = createLiveModel(tinyModel(), { addon, extraFields: 'ignore' });
    live.close(); // No row is scored.
    return new MicroBatcher({ model: live, pool: null, observe: () => {} });
  },
});

testService('Scoring', {
  create: () => createScoring(tinyModel(), new Metrics()),
  expectWorking: async (service) => {
    expect(await service.predict(ROW, null)).toMatchObject({ id: null });
  },
});

testService('LiveModels', {
  create: () => new LiveModels(),
  expectWorking: async (service) => {
    const scoring = createScoring(tinyModel(), new Metrics());
    await service.replace('margin', { scoring, uri: 'margin.thicket', fallbackReason: null });
    expect(service.find()).toBe(scoring);
  },
});

testService('ScoringPath', {
  create: () =>
    new wire.ScoringPath({
      config: parseConfig({}),
      store,
      dataset: SUPERSTORE,
      models: new LiveModels(),
      metrics: new Metrics(),
      log: quietLog,
    }),
  expectWorking: async (service) => {
    const scoring = await service.serve({ name: 'margin', source: sourceTiny });
    expect(await scoring.predict(ROW, null)).toMatchObject({ id: expect.any(Number) });
  },
});

const broker = (): PostgresBroker => new PostgresBroker({ store, log: quietLog, leaseMs: 60_000 });

testService('PostgresBroker', { create: broker });

testService('Outbox', { create: () => new Outbox({ store, broker: broker(), log: quietLog }) });

testService('JobSubmitter', {
  create: () => new JobSubmitter({ store, deadlineMs: 5_000, onCommitted: () => {} }),
  expectWorking: async (service) => {
    const job = { payload: ROW, model: null };
    expect(await service.submit(job, { owner: '', key: null })).toMatch(/^[0-9a-f-]{36}$/);
  },
});

const jobsOptions = (works: boolean) => ({
  store,
  broker: broker(),
  models: new LiveModels(),
  log: quietLog,
  works,
  rowsMax: 10,
  deadlineMs: 5_000,
});

testService('JobWorker', {
  create: () => {
    const { models, ...options } = jobsOptions(true);
    const runner = new JobRunner({ models, log: quietLog, rowsMax: 10 });
    return new JobWorker({ ...options, runner, leaseMs: 60_000, stopMsMax: 5_000 });
  },
});

testService('Jobs', {
  create: () => new Jobs(jobsOptions(false)),
  expectWorking: async (service) => {
    const id = await service.submit({ payload: ROW, model: null }, { owner: '', key: null });
    expect(await service.find(id, '')).toMatchObject({ jobId: id, status: 'queued' });
    expect(await service.find(id, 'somebody else')).toBeNull();
  },
});

const httpServer = (port: number): HttpServer =>
  new HttpServer({
    config: { ...parseConfig({}), port },
    log: quietLog,
    metrics: new Metrics(),
    models: new LiveModels(),
    storeStatus: () => ({ connected: true, reason: '' }),
    findReply: () => Promise.resolve(null),
    missing: () => [],
    jobs: noJobs,
    appVersion: '0.0.0-test',
    modelName: null,
    target: null,
  });

testService('HttpServer', {
  create: () => httpServer(0),
  createFailing: () => httpServer(Number(new URL(postgres.url).port)),
  expectWorking: async (service) => {
    const reply = await fetch(`http://127.0.0.1:${service.port}/ready`);
    expect(reply.status).toBe(200);
  },
});

const instance = (modelPath: string): Instance => {
  const config = parseConfig({
    DATABASE_URL: postgres.url,
    MODEL_PATH: modelPath,
    THICKET_PORT: '0',
    THICKET_DATA_DIR: newDirectory(),
  });
  return new wire.Instance({ config, log: quietLog, role: 'api' });
};

testService('Instance', {
  create: () => instance(MODEL_PATH),
  createFailing: () => instance('absent.joblib'),
  expectWorking: async (service) => {
    expect((await fetch(`${service.address}/ready`)).status).toBe(200);
  },
});
