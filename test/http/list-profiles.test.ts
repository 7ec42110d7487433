import { describe, expect, test } from 'vitest';

import type { Model } from '../../src/model/model.ts';
import { type Service, startService } from '../support/http-service.ts';
import { CSV, NDJSON, linesOf, resultsOf } from '../support/listed.ts';
import { jsonOf, post } from '../support/post.ts';
import { tinyAnswer, tinyClassifier, tinyModel } from '../support/tiny-model.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };

/** Answers as a store does that counts its outcomes from 41 on. */
async function withModel(model: Model, work: (service: Service) => Promise<void>): Promise<void> {
  let next = 41;
  const service = await startService({
    model,
    scoring: {
      level: 'stored',
      write: (drafts) => Promise.resolve(drafts.map(() => next++)),
    },
  });
  try {
    await work(service);
  } finally {
    await service.stop();
  }
}

function withProfile(model: Model, profile: string, more: Partial<Model['metadata']> = {}): Model {
  return { ...model, metadata: { ...model.metadata, profile, ...more } };
}

const NAMES = { model_name: 'rf_profit_margin', model_version: '7', target: 'profit_margin' };
const y = tinyAnswer(ROW);

describe.each([
  {
    profile: 'plain',
    model: tinyModel(),
    row: ROW,
    result: { prediction_id: 41, y_pred: y },
    more: { logged_to_db: true, ...NAMES },
  },
  {
    profile: 'superstore',
    model: tinyModel(),
    row: ROW,
    result: { prediction_id: 41, y_pred: y, profit_margin_percent: 32.5 },
    more: { logged_to_db: true, ...NAMES },
  },
  {
    profile: 'regression',
    model: tinyModel(),
    row: ROW,
    result: {
      prediction: y,
      y_hat: y,
      p10: null,
      p90: null,
      interval_method: null,
      prediction_id: 41,
    },
    more: {},
  },
  {
    profile: 'churn',
    model: tinyClassifier(),
    row: { tenure: 3 },
    result: {
      prediction: 'leaves',
      churn_probability: 0.75,
      confidence: 0.75,
      prediction_id: 41,
    },
    more: {},
  },
  {
    profile: 'retail',
    model: tinyModel(),
    row: ROW,
    result: { prediction: y, prediction_id: 41 },
    more: { request_id: 'r-1', processing_time: expect.any(Number) },
  },
])('$profile', ({ profile, model, row, result, more }) => {
  test('has an entry of its own for each row of a list, a refused one among them', async () => {
    await withModel(withProfile(model, profile), async ({ url }) => {
      const reply = await jsonOf(await post(`${url}/predict/batch`, { rows: [row, {}, row] }));
      expect(reply).toEqual({
        count_requested: 3,
        count_returned: 2,
        count_refused: 1,
        count_logged: 2,
        max_batch: 1_000,
        chunk_size: 200,
        model_name: model.metadata.name,
        model_version: '7',
        target: model.metadata.target,
        results: [result, { error: expect.any(Array) }, { ...result, prediction_id: 42 }],
      });
    });
  });

  test('has a line for each row as /predict replies to it', async () => {
    await withModel(withProfile(model, profile), async ({ url }) => {
      const headers = { accept: NDJSON, 'x-request-id': 'r-1' };
      const reply = await post(`${url}/predict/batch`, { rows: [row, {}, row] }, headers);
      const line = { ...result, ...more };
      expect(await linesOf(reply)).toEqual([
        line,
        { error: expect.any(Array) },
        { ...line, prediction_id: 42 },
      ]);
    });
  });
});

const send = (url: string, type: string, body: string): Promise<Response> =>
  fetch(`${url}/predict/batch`, { method: 'POST', headers: { 'content-type': type }, body });

describe('the client’s own id of a row', () => {
  const model = withProfile(tinyClassifier(), 'churn', { idField: 'customerID' });

  test('is repeated in its entry, beside an error as well', () =>
    withModel(model, async ({ url }) => {
      const rows = [
        { customerID: 'a', tenure: 3 },
        { tenure: 3 },
        { customerID: 'b', tenure: 'long' },
        { customerID: ['c'], tenure: 3 },
        { features: [3], customerID: 7 },
      ];
      const expected = [
        expect.objectContaining({ customer_id: 'a', prediction: 'leaves' }),
        expect.not.objectContaining({ customer_id: expect.anything() }),
        { customer_id: 'b', error: [expect.objectContaining({ loc: ['body', 'tenure'] })] },
        { error: [expect.objectContaining({ loc: ['body', 'customerID'] })] },
        expect.objectContaining({ customer_id: 7, prediction: 'leaves' }),
      ];
      expect(await resultsOf(await post(`${url}/predict/batch`, { rows }))).toEqual(expected);
      const lines = rows.map((row) => JSON.stringify(row)).join('\n');
      expect(await linesOf(await send(url, NDJSON, lines))).toEqual(expected);
    }));

  test('is read from a column of a table, wherever it stands', () =>
    withModel(model, async ({ url }) => {
      const table = 'other,tenure,customerID\nx,3,a\nx,long,b\nx,3,\nx,-,"7,5"\n';
      const results = await resultsOf(await send(url, CSV, table));
      expect(results).toMatchObject([
        { customer_id: 'a', prediction: 'leaves' },
        { error: [{ loc: ['body', 'tenure'] }] },
        { customer_id: null, prediction: 'leaves' },
        { error: [{ loc: ['body', 'tenure'] }] },
      ]);
      const without = await resultsOf(await send(url, CSV, 'tenure\n3\n'));
      expect(without).toEqual([expect.not.objectContaining({ customer_id: expect.anything() })]);
    }));
});
