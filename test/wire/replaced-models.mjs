/**
 * A server of two models in a process of its own. The parent says when one of them is replaced, and asks
 * what is in memory.
 *
 * node --expose-gc replaced-models.mjs STEADY_PACKAGE REPLACED_PACKAGE
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

import { readDataset } from '../../dist/src/data/datasets/read.js';
import { EXAMPLE } from '../../dist/src/data/example.js';
import { loadAddon } from '../../dist/src/forest/load.js';
import { HttpServer } from '../../dist/src/http/server.js';
import { loadKnownModel } from '../../dist/src/import/load-model.js';
import { parseConfig } from '../../dist/src/ops/config.js';
import { createLog } from '../../dist/src/ops/log.js';
import { Metrics } from '../../dist/src/ops/metrics.js';
import { LiveModels } from '../../dist/src/score/live-models.js';
import { Store } from '../../dist/src/store/store.js';
import { ScoringPath } from '../../dist/src/wire/scoring-path.js';

/** Samples of the resident memory that must agree within SPREAD before they count. */
const SAMPLES = 5;
const SPREAD = 0.005;
/** A process that never settles is measured all the same: the bound is for the parent to judge. */
const SAMPLES_MAX = 400;

const [steady, replaced] = process.argv.slice(2);
const addon = loadAddon();
// No outcome is stored, so there is no Postgres behind the store.
const config = parseConfig({ THICKET_OUTCOME_LEVEL: 'none', THICKET_PORT: '0' });
const log = createLog('error');
const metrics = new Metrics();
const models = new LiveModels(['steady', 'replaced']);
const store = new Store({ url: 'postgres://127.0.0.1:1/none', poolSize: 1, log });
const dataset = await readDataset(EXAMPLE.dataset);
const path = new ScoringPath({ config, store, dataset, models, metrics, log });
await path.start();
let version = 0;
await serve('steady', steady);
await serve('replaced', replaced);
const server = new HttpServer({
  config,
  log,
  metrics,
  models,
  storeStatus: () => store.status(),
  missing: () => [],
  appVersion: '0.0.0-test',
  modelName: 'steady',
  target: 'target',
});
await server.start();
process.send({ port: server.port });

process.on('message', async (command) => {
  if (command === 'replace') {
    await serve('replaced', replaced);
    process.send({ version: String(version), forests: addon.liveForests() });
  } else if (command === 'measure') {
    process.send({ bytes: await settledBytes(), forests: addon.liveForests() });
  } else {
    await server.stop();
    await path.stop();
    process.send({ forests: addon.liveForests() });
    process.disconnect();
  }
});

/** Resolves when the model is live and the one in its place is freed. */
async function serve(name, file) {
  const number = String(++version);
  await path.serve({
    name,
    async source() {
      const { model, digest } = await loadKnownModel(file);
      const metadata = { ...model.metadata, name, version: number };
      return { model: { ...model, metadata }, digest, uri: file, fallbackReason: null };
    },
  });
}

/** The median of samples that agree, each after a collection of garbage. */
async function settledBytes() {
  const samples = [];
  while (samples.length < SAMPLES_MAX) {
    globalThis.gc();
    await nextTurn();
    samples.push(process.memoryUsage.rss());
    const last = samples.slice(-SAMPLES).toSorted((a, b) => a - b);
    if (last.length === SAMPLES && last.at(-1) - last[0] <= SPREAD * last[0]) break;
  }
  return samples.slice(-SAMPLES).toSorted((a, b) => a - b)[SAMPLES >> 1];
}
