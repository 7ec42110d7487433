import { expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import { Metrics } from '../../src/ops/metrics.ts';
import { createScoring, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import { tinyModel } from '../support/tiny-model.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };

test('models are swapped under load: no request fails, and every old forest is freed', async () => {
  const metrics = new Metrics();
  let current = createScoring(tinyModel({ version: '0' }), metrics);
  const service = await startService({ neighbours: { scoring: () => current } });
  const swapped = new AbortController();
  const versions = new Set<unknown>();
  const clients = Array.from({ length: 8 }, async () => {
    while (!swapped.signal.aborted) {
      const reply = await post(`${service.url}/predict`, ROW);
      expect(reply.status).toBe(200);
      versions.add((await jsonOf(reply))['model_version']);
    }
  });
  for (let version = 1; version <= 20; version++) {
    const old = current;
    current = createScoring(tinyModel({ version: String(version) }), metrics);
    await old.stop();
    await post(`${service.url}/predict`, ROW); // A whole round trip of load on each model.
  }
  swapped.abort();
  await Promise.all(clients);
  expect(versions.size).toBeGreaterThan(5);
  const document = await (await fetch(`${service.url}/openapi.json`)).text();
  expect(document).toContain('version 20.');
  await service.stop();
  await current.stop();
  expect(loadAddon().liveForests()).toBe(0);
});
