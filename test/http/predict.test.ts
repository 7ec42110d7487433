import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Service, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import {
  tinyAnswer,
  tinyClassifier,
  tinyLinear,
  tinyModel,
  tinyScorer,
} from '../support/tiny-model.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };

describe('POST /predict at level none', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ model: tinyModel({ profile: 'superstore' }) });
  });
  afterAll(() => service.stop());

  test('answers named fields in the shape that clients know', async () => {
    const reply = await post(`${service.url}/predict`, ROW);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(reply.headers.get('x-process-time')).toMatch(/^0\.\d{6}$/);
    expect(await reply.json()).toEqual({
      prediction_id: null,
      y_pred: tinyAnswer(ROW),
      profit_margin_percent: 32.5,
      logged_to_db: false,
      model_name: 'rf_profit_margin',
      model_version: '7',
      target: 'profit_margin',
    });
  });

  test('answers values in field order the same', async () => {
    const reply = await post(`${service.url}/predict`, { features: [250.5, 3, 'Corporate'] });
    expect((await jsonOf(reply))['y_pred']).toBe(tinyAnswer(ROW));
  });

  test('a row that is wrong costs its neighbours of the same turn nothing', async () => {
    const bodies = Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? {} : ROW));
    const replies = await Promise.all(bodies.map((body) => post(`${service.url}/predict`, body)));
    expect(replies.map(({ status }) => status)).toEqual(
      bodies.map((body) => (body === ROW ? 200 : 422)),
    );
  });

  test('a thousand concurrent requests each get their own answer', async () => {
    const rows = Array.from({ length: 1_000 }, (_, at) => ({
      sales: at / 4,
      quantity: 1 + (at % 5),
      segment: at % 3 === 0 ? 'Corporate' : 'Consumer',
    }));
    const answers = await Promise.all(
      rows.map(async (row) => (await jsonOf(await post(`${service.url}/predict`, row)))['y_pred']),
    );
    expect(answers).toEqual(rows.map(tinyAnswer));
  });
});

test('the percentage is there for profit_margin only', async () => {
  const service = await startService({
    model: tinyModel({ target: 'price', profile: 'superstore' }),
  });
  const reply = await jsonOf(await post(`${service.url}/predict`, ROW));
  expect(reply).not.toHaveProperty('profit_margin_percent');
  expect(reply).toMatchObject({ y_pred: tinyAnswer(ROW), target: 'price' });
  await service.stop();
});

test('a percentage that no number holds is null, as JSON has no infinity', async () => {
  const linear = tinyLinear();
  const metadata = { ...linear.metadata, target: 'profit_margin', profile: 'superstore' };
  const service = await startService({ model: { ...linear, metadata } });
  const reply = await jsonOf(await post(`${service.url}/predict`, { x: 1e307 }));
  expect(reply).toMatchObject({ y_pred: 4e307, profit_margin_percent: null });
  await service.stop();
});

test('a classifier answers with the label and the probabilities by class', async () => {
  const service = await startService({ model: tinyClassifier() });
  const reply = await jsonOf(await post(`${service.url}/predict`, { tenure: 3 }));
  expect(reply).toEqual({
    prediction_id: null,
    y_pred: 'leaves',
    probabilities: { stays: 0.25, leaves: 0.75 },
    logged_to_db: false,
    model_name: 'churn',
    model_version: '7',
    target: 'churned',
  });
  await service.stop();
});

test('scores stand beside the answer, a number alone and several as a list', async () => {
  const service = await startService({ model: tinyScorer() });
  const reply = await jsonOf(await post(`${service.url}/predict`, { tenure: 3 }));
  expect(reply).toMatchObject({
    y_pred: 'leaves',
    scores: { decision_function: 0.25, votes: [0.25, 0.75] },
  });
  expect(reply).not.toHaveProperty('probabilities');
  await service.stop();
});

test('a model without trees answers, and refuses the row whose answer is not finite', async () => {
  const service = await startService({ model: tinyLinear() });
  const bodies = [{ x: 2 }, { x: 1e308 }, { x: -1 }];
  const replies = await Promise.all(bodies.map((body) => post(`${service.url}/predict`, body)));
  expect(replies.map(({ status }) => status)).toEqual([200, 422, 200]);
  expect(await jsonOf(replies[0]!)).toMatchObject({ y_pred: 9 });
  expect(JSON.stringify(await jsonOf(replies[1]!))).toContain('not a finite number');
  await service.stop();
});
