import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { embeddedUrl } from '../support/conservation.ts';
import { Instance } from '../support/instance.ts';
import { expectedRows } from '../support/superstore-bodies.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'thicket-e2e-'));
let instance: Instance;
let sql: postgres.Sql;

beforeAll(async () => {
  instance = await Instance.start('up', { THICKET_DATA_DIR: dataDir });
  sql = postgres(embeddedUrl(dataDir), { max: 1 });
});
afterAll(async () => {
  await sql.end();
  await instance.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const get = (path: string): Promise<Response> => fetch(instance.url + path);
const post = (path: string, body: unknown): Promise<Response> =>
  fetch(instance.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const json = async (reply: Promise<Response>): Promise<Record<string, unknown>> =>
  (await (await reply).json()) as Record<string, unknown>;

const ROW = {
  sales: 261.96,
  quantity: 2,
  discount: 0,
  segment: 'Consumer',
  region: 'South',
  category: 'Furniture',
  sub_category: 'Bookcases',
  ship_mode: 'Second Class',
};

async function countPredictions(): Promise<number> {
  const [found] = await sql`select count(*)::int as rows from predictions`;
  return found!['rows'] as number;
}

describe('thicket up, from nothing', () => {
  test('says that it is alive, ready, and what it serves', async () => {
    expect(await json(get('/health'))).toMatchObject({
      status: 'ok',
      model_name: 'rf_profit_margin',
      model_version: '1',
      target: 'profit_margin',
      db_connected: true,
      model_loaded: true,
    });
    expect((await get('/ready')).status).toBe(200);
    for (const path of ['/model-info', '/model']) {
      const { fields } = (await json(get(path))) as { fields: { name: string }[] };
      expect(fields.map(({ name }) => name)).toEqual(Object.keys(ROW));
    }
  });

  test('answers every expected row with scikit-learn’s number, and stores it under its id', async () => {
    for (const { body, prediction } of expectedRows()) {
      const reply = await json(post('/predict', body));
      expect(reply['y_pred']).toBe(prediction);
      expect(reply['logged_to_db']).toBe(true);
      const [stored] = await sql`
        select prediction, raw_id, model_name, model_version, target, input, request_id
        from predictions where id = ${Number(reply['prediction_id'])}`;
      expect(stored).toMatchObject({
        prediction,
        raw_id: null,
        model_name: 'rf_profit_margin',
        model_version: '1',
        target: 'profit_margin',
        input: JSON.parse(body) as unknown,
      });
    }
  });

  test('takes the same row as features in field order, under the request id that was sent', async () => {
    const named = await json(post('/predict', ROW));
    const reply = await fetch(`${instance.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'e2e-7' },
      body: JSON.stringify({ features: Object.values(ROW) }),
    });
    const positional = (await reply.json()) as Record<string, unknown>;
    expect(positional['y_pred']).toBe(named['y_pred']);
    expect(reply.headers.get('x-request-id')).toBe('e2e-7');
    expect(Number(reply.headers.get('x-process-time'))).toBeGreaterThan(0);
    const [stored] = await sql`
      select request_id from predictions where id = ${Number(positional['prediction_id'])}`;
    expect(stored).toEqual({ request_id: 'e2e-7' });
  });

  test('scores stored rows by id as it scores their values', async () => {
    const byId = await json(post('/predict/by-raw-id', { raw_id: 7 }));
    const [raw] = await sql`
      select sales, quantity, discount, segment, region, category, sub_category, ship_mode
      from raw_superstore where id = 7`;
    const byValue = await json(post('/predict', raw));
    expect(byId['raw_id']).toBe(7);
    expect(byId['y_pred']).toBe(byValue['y_pred']);
    const [stored] = await sql`
      select raw_id, prediction from predictions where id = ${Number(byId['prediction_id'])}`;
    expect(stored).toEqual({ raw_id: '7', prediction: byId['y_pred'] });
  });

  test('scores a batch of stored rows: duplicates once, absent ids left out, in request order', async () => {
    const before = await countPredictions();
    const reply = await json(post('/predict/batch/by-raw-ids', { raw_ids: [9, 3, 9, 999_999, 1] }));
    expect(reply).toMatchObject({
      count_requested: 4,
      count_found: 3,
      count_returned: 3,
      count_logged: 3,
      max_batch: 1000,
      chunk_size: 200,
    });
    const results = reply['results'] as { raw_id: number; y_pred: number }[];
    expect(results.map((each) => each.raw_id)).toEqual([9, 3, 1]);
    expect(await countPredictions()).toBe(before + 3);
  });

  test('a full batch of 1,000 goes through the scoring threads and is stored whole', async () => {
    const before = await countPredictions();
    const raw_ids = Array.from({ length: 1_000 }, (_, at) => at + 1);
    const reply = await json(post('/predict/batch/by-raw-ids', { raw_ids }));
    expect(reply['count_logged']).toBe(1_000);
    expect(await countPredictions()).toBe(before + 1_000);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(
      /^thicket_batch_rows_count\{place="pool",model="rf_profit_margin"\} [1-9]/m,
    );
  });

  test('serves its metrics and its description', async () => {
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(
      /^thicket_http_request_seconds_bucket\{le="0.00025",route="\/predict"/m,
    );
    expect(metrics).toMatch(/^thicket_live_forests 1$/m);
    expect(metrics).toMatch(/^thicket_scoring_rows_waiting\{model="rf_profit_margin"\} 0$/m);
    const api = await json(get('/openapi.json'));
    expect(Object.keys(api['paths'] as object)).toContain('/predict/batch/by-raw-ids');
    expect(await (await get('/docs')).text()).toContain('swagger-ui');
  });
});

describe('beside a running instance', () => {
  test('a second one on the same directory ends with a sentence that says so', async () => {
    const second = Instance.launch('up', 0, { THICKET_DATA_DIR: dataDir });
    expect(await second.ended()).toBe(1);
    expect(second.log.at(-1)).toMatch(/^thicket: another Thicket \(process \d+\) already uses /);
  });

  test('a second one on the same port ends with a sentence that says so', async () => {
    const port = Number(new URL(instance.url).port);
    const other = mkdtempSync(join(tmpdir(), 'thicket-e2e-'));
    const second = Instance.launch('up', port, { THICKET_DATA_DIR: other });
    expect(await second.ended()).toBe(1);
    expect(second.log.at(-1)).toContain(`cannot listen on 127.0.0.1:${port}`);
    rmSync(other, { recursive: true, force: true });
  });
});
