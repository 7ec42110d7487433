import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { loadModel } from '../../src/import/load-model.ts';
import { type Service, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import { expectedRows } from '../support/superstore-bodies.ts';

const MODEL = fileURLToPath(new URL('../../examples/superstore/model.joblib', import.meta.url));

let service: Service;
beforeAll(async () => {
  const options = { name: 'rf_profit_margin', target: 'profit_margin' };
  service = await startService({ model: await loadModel(MODEL, options) });
});
afterAll(() => service.stop());

test('every expected row of the example is answered with the very double of scikit-learn', async () => {
  const rows = expectedRows();
  expect(rows.length).toBe(500);
  const replies = await Promise.all(
    rows.map(async ({ body }) => jsonOf(await post(`${service.url}/predict`, body))),
  );
  const wrong = replies.filter(({ y_pred: prediction }, at) => prediction !== rows[at]!.prediction);
  expect(wrong).toEqual([]);
});

test('values in field order are answered as the fields by name', async () => {
  const { body, prediction } = expectedRows()[0]!;
  const { fields } = service.scoring.live.schema;
  const row = JSON.parse(body) as Record<string, unknown>;
  const features = fields.map(({ name }) => row[name]);
  const reply = await jsonOf(await post(`${service.url}/predict`, { features }));
  expect(reply['y_pred']).toBe(prediction);
});
