import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { SUPERSTORE } from '../support/superstore.ts';
import { RawRows } from '../../src/data/raw-rows.ts';
import { OutcomeWriter } from '../../src/store/outcomes/outcome-writer.ts';
import type { Store } from '../../src/store/store.ts';
import { type Service, type ServiceOptions, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import {
  COMMIT_MS_MAX,
  type TestPostgres,
  quietLog,
  startPostgres,
  startStore,
} from '../support/postgres.ts';
import { type TinyRow, tinyAnswer, tinyClassifier, tinyModel } from '../support/tiny-model.ts';

const RAW_ROWS: readonly TinyRow[] = [
  { sales: 50, quantity: 1, segment: 'Consumer' },
  { sales: 250, quantity: 3, segment: 'Corporate' },
  { sales: 100.00001, quantity: 2, segment: 'Home Office' },
  { sales: 7.5, quantity: 9, segment: 'Corporate' },
];
const IDS = [1, 2, 3, 4];
/** No quantity: a row that the tiny model refuses. */
const BROKEN_ID = 5;

interface StoredRow {
  readonly id: number;
  readonly raw_id: number | null;
  readonly model_digest: string;
  readonly prediction: number | null;
  readonly label: string | null;
  readonly outputs: unknown;
  readonly probabilities: unknown;
  readonly scores: unknown;
  readonly request_id: string | null;
  readonly input: unknown;
}

let postgres: TestPostgres;
let store: Store;
let writer: OutcomeWriter;
let chunks: number[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
  writer = new OutcomeWriter({ store, log: quietLog, rowsMax: 100_000, deadlineMs: COMMIT_MS_MAX });
  await writer.start();
  for (const { sales, quantity, segment } of RAW_ROWS) {
    await store.query(
      (sql) => sql`
      insert into raw_superstore (sales, quantity, segment, region)
      values (${sales}, ${quantity}, ${segment}, 'West')`,
    );
  }
  await store.query(
    (sql) => sql`insert into raw_superstore (sales, segment) values (1, 'Consumer')`,
  );
});
afterAll(async () => {
  await writer.stop();
  await store.stop();
  await postgres.stop();
});
beforeEach(async () => {
  chunks = [];
  await store.query((sql) => sql`truncate predictions`);
});

async function withService(
  options: ServiceOptions,
  work: (service: Service) => Promise<void>,
): Promise<void> {
  const model = options.model ?? tinyModel({ profile: 'superstore' });
  const rawRows = new RawRows(store, SUPERSTORE, model.fields);
  const service = await startService({
    ...options,
    model,
    scoring: {
      level: 'stored',
      write: (drafts, level) => writer.write(drafts, level),
      rawRows: {
        table: SUPERSTORE.rawTable,
        byIds: (ids) => {
          chunks.push(ids.length);
          return rawRows.byIds(ids);
        },
      },
      ...options.scoring,
    },
  });
  try {
    await work(service);
  } finally {
    await service.stop();
  }
}

function storedRows(): Promise<StoredRow[]> {
  return store.query(
    (sql) => sql<StoredRow[]>`
      select id, raw_id, model_digest, prediction, label, outputs, probabilities, scores, request_id, input
      from predictions order by raw_id, id`,
  );
}

describe('POST /predict', () => {
  test('a stored prediction is in the store when the reply is here, with all a replay needs', () =>
    withService({}, async ({ url }) => {
      const row = { ...RAW_ROWS[1]!, unasked: 'ignored' };
      const reply = await post(`${url}/predict`, row, { 'x-request-id': 'r-1' });
      const { prediction_id: id, ...answer } = await jsonOf(reply);
      expect(answer).toMatchObject({ y_pred: tinyAnswer(RAW_ROWS[1]!), logged_to_db: true });
      expect(await storedRows()).toEqual([
        {
          id,
          raw_id: null,
          model_digest: '0'.repeat(64),
          prediction: tinyAnswer(RAW_ROWS[1]!),
          label: null,
          outputs: null,
          probabilities: null,
          scores: null,
          request_id: 'r-1',
          input: RAW_ROWS[1],
        },
      ]);
    }));

  test('a queued one has its id at once, and is stored soon', () =>
    withService({ scoring: { level: 'queued' } }, async ({ url }) => {
      const reply = await jsonOf(await post(`${url}/predict`, RAW_ROWS[0]));
      expect(reply).toMatchObject({ prediction_id: expect.any(Number), logged_to_db: false });
      await expect
        .poll(async () => (await storedRows()).map(({ id }) => id))
        .toContain(reply['prediction_id']);
    }));

  test('a classification is stored with its label and its probabilities by class', () =>
    withService({ model: tinyClassifier() }, async ({ url }) => {
      await post(`${url}/predict`, { tenure: 3 });
      expect(await storedRows()).toMatchObject([
        {
          prediction: null,
          label: 'leaves',
          model_digest: tinyClassifier().metadata.sourceDigest,
          probabilities: [
            { output: 0, label: 'stays', probability: 0.25 },
            { output: 0, label: 'leaves', probability: 0.75 },
          ],
        },
      ]);
    }));

  test('concurrent requests are stored once each, with their own values and ids', () =>
    withService({}, async ({ url }) => {
      const rows = Array.from({ length: 500 }, (_, at) => ({
        sales: at,
        quantity: 1 + (at % 4),
        segment: at % 2 === 0 ? 'Corporate' : 'Consumer',
      }));
      const replies = await Promise.all(
        rows.map(async (row) => jsonOf(await post(`${url}/predict`, row))),
      );
      const answered = new Map(replies.map((reply, at) => [reply['prediction_id'], rows[at]]));
      const stored = new Map((await storedRows()).map(({ id, input }) => [id, input]));
      expect(answered.size).toBe(rows.length);
      expect(stored).toEqual(answered);
    }));
});

describe('POST /predict/by-raw-id', () => {
  test('answers for a stored row, and stores which', () =>
    withService({ config: { extraFields: 'forbid' } }, async ({ url }) => {
      const reply = await jsonOf(await post(`${url}/predict/by-raw-id`, { raw_id: 2 }));
      expect(reply).toEqual({
        raw_id: 2,
        prediction_id: expect.any(Number),
        y_pred: tinyAnswer(RAW_ROWS[1]!),
        profit_margin_percent: 32.5,
        logged_to_db: true,
        model_name: 'rf_profit_margin',
        model_version: '7',
        target: 'profit_margin',
      });
      expect(await storedRows()).toMatchObject([
        { id: reply['prediction_id'], raw_id: 2, prediction: reply['y_pred'], input: RAW_ROWS[1] },
      ]);
    }));

  test.each([
    ['/predict/by-raw-id', { raw_id: 1 }],
    ['/predict/batch/by-raw-ids', { raw_ids: [1] }],
  ])('%s stores what a replay needs, whatever becomes of the raw row', (path, body) =>
    withService({}, async ({ url }) => {
      await post(url + path, body);
      await store.query((sql) => sql`update raw_superstore set sales = 900 where id = 1`);
      const [stored] = await storedRows();
      const again = await jsonOf(await post(`${url}/predict`, stored!.input));
      await store.query((sql) => sql`update raw_superstore set sales = 50 where id = 1`);
      expect(stored!.prediction).toBe(tinyAnswer(RAW_ROWS[0]!));
      expect(again['y_pred']).toBe(stored!.prediction);
    }),
  );

  test.each([77, -1, 0, 9_007_199_254_740_991])('%d is not there', (id) =>
    withService({}, async ({ url }) => {
      const reply = await post(`${url}/predict/by-raw-id`, { raw_id: id });
      expect(reply.status).toBe(404);
      expect(await jsonOf(reply)).toMatchObject({
        code: 'ROW_UNKNOWN',
        detail: `raw_id=${id} not found in raw_superstore`,
      });
    }),
  );

  test('a row that the model does not take is a 422 that names it', () =>
    withService({}, async ({ url }) => {
      const reply = await post(`${url}/predict/by-raw-id`, { raw_id: BROKEN_ID });
      expect(reply.status).toBe(422);
      expect(await jsonOf(reply)).toMatchObject({
        detail: [{ type: 'int_type', loc: ['raw_superstore', BROKEN_ID, 'quantity'] }],
      });
    }));
});

describe('POST /predict/batch/by-raw-ids', () => {
  test('answers in request order, duplicates once, absent ids left out, chunk by chunk', () =>
    withService({ config: { chunkRows: 2, batchRowsMax: 6 } }, async ({ url }) => {
      const reply = await post(`${url}/predict/batch/by-raw-ids`, {
        raw_ids: [4, 1, 99, 4, 3, 2, 1],
      });
      expect(await jsonOf(reply)).toEqual({
        count_requested: 5,
        count_found: 4,
        count_returned: 4,
        count_logged: 4,
        max_batch: 6,
        chunk_size: 2,
        model_name: 'rf_profit_margin',
        model_version: '7',
        target: 'profit_margin',
        results: [4, 1, 3, 2].map((id) => ({
          raw_id: id,
          y_pred: tinyAnswer(RAW_ROWS[id - 1]!),
          profit_margin_percent: expect.any(Number),
        })),
      });
      expect(chunks).toEqual([2, 2, 1]);
      const stored = await storedRows();
      expect(stored.map((row) => [row.raw_id, row.prediction])).toEqual(
        IDS.map((id) => [id, tinyAnswer(RAW_ROWS[id - 1]!)]),
      );
    }));

  test('none of a batch is stored when one of its rows is refused', () =>
    withService({ config: { chunkRows: 2 } }, async ({ url }) => {
      const reply = await post(`${url}/predict/batch/by-raw-ids`, { raw_ids: [...IDS, BROKEN_ID] });
      expect(reply.status).toBe(422);
      expect(await storedRows()).toEqual([]);
    }));

  test('no matching id is a 404', () =>
    withService({}, async ({ url }) => {
      const reply = await post(`${url}/predict/batch/by-raw-ids`, { raw_ids: [77, 78] });
      expect(reply.status).toBe(404);
      expect(await jsonOf(reply)).toMatchObject({
        code: 'ROW_UNKNOWN',
        detail: 'No matching raw_ids found in raw_superstore',
      });
    }));

  test('nothing is logged at level none', () =>
    withService({ scoring: { level: 'none' } }, async ({ url }) => {
      const reply = await jsonOf(await post(`${url}/predict/batch/by-raw-ids`, { raw_ids: [1] }));
      expect(reply).toMatchObject({ count_returned: 1, count_logged: 0 });
      expect(await storedRows()).toEqual([]);
    }));
});

// The last of this file: the server does not come back.
test('while Postgres is away the answer is 503', () =>
  withService({}, async ({ url }) => {
    await postgres.server.stop();
    await expect.poll(() => store.status().connected).toBe(false);
    const away = await post(`${url}/predict`, RAW_ROWS[0]);
    expect(away.status).toBe(503);
    expect(away.headers.get('retry-after')).toBe('2');
    expect(await jsonOf(away)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await post(`${url}/predict/by-raw-id`, { raw_id: 1 })).status).toBe(503);
  }));
