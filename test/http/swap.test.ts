import { expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import { createScoring, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import { tinyModel } from '../support/tiny-model.ts';

const NAME = 'rf_profit_margin';
const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };

test('models are swapped under load: no request fails, and every old forest is freed', async () => {
  const service = await startService({ model: tinyModel({ version: '0' }) });
  const swapped = new AbortController();
  const versions = new Set<unknown>();
  const lists = [
    { type: 'application/json', body: JSON.stringify({ rows: [ROW, ROW] }) },
    { type: 'text/csv', body: `sales,quantity,segment\n${'250.5,3,Corporate\n'.repeat(100)}` },
  ];
  const listClients = lists.map(async ({ type, body }) => {
    while (!swapped.signal.aborted) {
      const headers = { 'content-type': type };
      const reply = await fetch(`${service.url}/predict/batch`, { method: 'POST', headers, body });
      expect(await jsonOf(reply)).toMatchObject({ count_refused: 0 });
    }
  });
  const clients = Array.from({ length: 8 }, async () => {
    while (!swapped.signal.aborted) {
      const reply = await post(`${service.url}/predict`, ROW);
      expect(reply.status).toBe(200);
      versions.add((await jsonOf(reply))['model_version']);
    }
  });
  for (let version = 1; version <= 20; version++) {
    const scoring = createScoring(tinyModel({ version: String(version) }), service.metrics);
    await service.models.replace(NAME, { scoring, uri: 'tiny', fallbackReason: null });
    await post(`${service.url}/predict`, ROW); // A whole round trip of load on each model.
  }
  swapped.abort();
  await Promise.all([...clients, ...listClients]);
  expect(versions.size).toBeGreaterThan(5);
  const document = await (await fetch(`${service.url}/openapi.json`)).text();
  expect(document).toContain('version 20.');
  await service.stop();
  expect(loadAddon().liveForests()).toBe(0);
});
