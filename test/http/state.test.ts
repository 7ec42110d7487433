import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Service, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';

let service: Service;
let status = { connected: true, reason: '' };
let missing: readonly string[] = [];
beforeAll(async () => {
  service = await startService({
    context: { storeStatus: () => status, missing: () => missing },
  });
});
afterAll(() => service.stop());

test('/health tells what is served and from where', async () => {
  expect(await jsonOf(await fetch(`${service.url}/health`))).toEqual({
    status: 'ok',
    app_version: '0.0.0-test',
    model_name: 'rf_profit_margin',
    model_version: '7',
    target: 'profit_margin',
    db_connected: true,
    db_reason: null,
    model_uri: 'tiny',
    model_fallback_reason: null,
    model_loaded: true,
    outcome_level: 'none',
    queue_rows: 0,
    kernel: expect.any(String),
    uptime_seconds: expect.any(Number),
  });
});

test('/health stays 200 and /ready says why not while the store is away', async () => {
  status = { connected: false, reason: 'connection refused' };
  missing = ['Postgres is not available: connection refused', 'the model is being read'];
  const health = await fetch(`${service.url}/health`);
  expect(health.status).toBe(200);
  expect(await jsonOf(health)).toMatchObject({
    db_connected: false,
    db_reason: 'connection refused',
  });
  const ready = await fetch(`${service.url}/ready`);
  expect(ready.status).toBe(503);
  expect(await jsonOf(ready)).toMatchObject({
    code: 'NOT_READY',
    detail: 'Postgres is not available: connection refused; the model is being read',
  });
  status = { connected: true, reason: '' };
  missing = [];
  expect(await jsonOf(await fetch(`${service.url}/ready`))).toEqual({ status: 'ready' });
});

test('/model-info and /model describe the live model', async () => {
  const info = await jsonOf(await fetch(`${service.url}/model-info`));
  expect(info).toMatchObject({
    model_name: 'rf_profit_margin',
    task: 'regression',
    classes: null,
    fields: [
      { name: 'sales', type: 'number', minimum: 0, missing: 'reject' },
      { name: 'quantity', type: 'integer', minimum: 1 },
      { name: 'segment', type: 'text', categories: ['Consumer', 'Corporate'], unknown: 'accept' },
    ],
    source: { library: 'scikit-learn', version: '1.5.1' },
    forest: { trees: 2, inner_nodes: 3, leaves: 5 },
  });
  expect(await jsonOf(await fetch(`${service.url}/model`))).toEqual(info);
});

test('/metrics counts requests by route and code, unknown paths as one', async () => {
  await post(`${service.url}/predict`, { sales: 1, quantity: 1, segment: 'a' });
  await post(`${service.url}/predict`, {});
  await fetch(`${service.url}/a`);
  await fetch(`${service.url}/b`);
  const reply = await fetch(`${service.url}/metrics`);
  expect(reply.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/);
  const text = await reply.text();
  expect(text).toContain(
    'thicket_http_request_seconds_count{route="/predict",code="200",model="rf_profit_margin"} 1\n',
  );
  expect(text).toContain(
    'thicket_http_request_seconds_count{route="/predict",code="422",model="rf_profit_margin"} 1\n',
  );
  expect(text).toContain('thicket_http_request_seconds_count{route="unknown",code="404"} 2\n');
  expect(text).toContain('thicket_batch_rows_count{place="inline",model="rf_profit_margin"} 1\n');
  expect(text).toContain(
    'thicket_scoring_seconds_bucket{le="0.00001",place="inline",model="rf_profit_margin"}',
  );
  expect(text).toContain('process_resident_memory_bytes');
  expect(text).not.toContain('route="/a"');
});
