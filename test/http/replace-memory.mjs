/**
 * In a process of its own, so that its resident memory is that of a server: two models, of which one is
 * replaced again and again while somebody else asks both. The first line says where, the second one what
 * came of it; the end of stdin ends it.
 *
 * node --expose-gc replace-memory.mjs STEADY_PACKAGE REPLACED_PACKAGE
 */
import { once } from 'node:events';

import { memoryBytes } from '../../bench/memory.mjs';
import { MicroBatcher } from '../../dist/src/batch/micro-batcher.js';
import { loadAddon } from '../../dist/src/forest/load.js';
import { HttpServer } from '../../dist/src/http/server.js';
import { createLiveModel } from '../../dist/src/live/live-model.js';
import { readPackage } from '../../dist/src/model/package/package.js';
import { parseConfig } from '../../dist/src/ops/config.js';
import { createLog } from '../../dist/src/ops/log.js';
import { Metrics } from '../../dist/src/ops/metrics.js';
import { LiveModels } from '../../dist/src/score/live-models.js';
import { Scoring } from '../../dist/src/score/scoring.js';

const REPLACEMENTS = 100;
/** From the first to the second of these, the process has all the memory that it works with. */
const WARM = [20, 50];

const addon = loadAddon();
const models = new LiveModels();
const [steady, replaced] = process.argv.slice(2);
await serve('steady', steady);
await serve('replaced', replaced);
const forestsBefore = addon.liveForests();
const server = new HttpServer({
  config: parseConfig({ THICKET_PORT: '0' }),
  log: createLog('silent'),
  metrics: new Metrics(),
  models,
  storeStatus: () => ({ connected: true, reason: '' }),
  missing: () => [],
  appVersion: '0.0.0-test',
  modelName: null,
  target: null,
});
process.stdout.write(`http://127.0.0.1:${server.start()}\n`);

let warmBytes = 0;
for (let at = 1; at <= REPLACEMENTS; at++) {
  const { answered } = await serve('replaced', replaced);
  await answered; // Each of them answers somebody.
  if (at >= WARM[0] && at <= WARM[1]) warmBytes = Math.max(warmBytes, residentBytes());
}
const forestsAfter = addon.liveForests();
const afterBytes = residentBytes();
process.stdout.write(`${JSON.stringify({ warmBytes, afterBytes, forestsBefore, forestsAfter })}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
await server.close();
await models.stop();
process.stdout.write(`${addon.liveForests()}\n`);

async function serve(name, path) {
  const model = await readPackage(path);
  const live = createLiveModel(model, { addon, extraFields: 'ignore', trees: 'given' });
  let observe;
  const answered = new Promise((resolve) => (observe = resolve));
  const scoring = new Scoring({
    live,
    batcher: new MicroBatcher({ model: live, pool: null, observe }),
    level: 'none',
    write: () => Promise.reject(new Error('nothing is written at level none')),
    rawRows: { table: 'rows', byIds: () => Promise.resolve(new Map()) },
    chunkRows: 200,
  });
  await models.replace(name, { scoring, uri: path, fallbackReason: null });
  return { answered };
}

function residentBytes() {
  globalThis.gc();
  return memoryBytes().now;
}
