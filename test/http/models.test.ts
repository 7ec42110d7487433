import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Metrics } from '../../src/ops/metrics.ts';
import { LiveModels } from '../../src/score/live-models.ts';
import { type Service, createScoring, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import { tinyAnswer, tinyClassifier, tinyModel } from '../support/tiny-model.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };
const ODD_NAME = 'prix à/2';

let service: Service;
beforeAll(async () => {
  service = await startService({
    others: [tinyClassifier(), tinyModel({ name: ODD_NAME, version: '2' })],
    scoring: {
      rawRows: {
        table: 'rows',
        byIds: (ids) =>
          Promise.resolve(
            new Map(ids.filter((id) => id < 10).map((id) => [id, Object.values(ROW)] as const)),
          ),
      },
    },
  });
});
afterAll(() => service.stop());

async function ask(path: string, body?: unknown): Promise<Record<string, unknown>> {
  const url = service.url + path;
  const reply = await (body === undefined ? fetch(url) : post(url, body));
  return { status: reply.status, ...(await jsonOf(reply)) };
}

describe('a request asks', () => {
  test('the first model where the path names none', async () => {
    const reply = await ask('/predict', ROW);
    expect(reply).toMatchObject({ y_pred: tinyAnswer(ROW), model_name: 'rf_profit_margin' });
    expect(await ask('/model-info')).toMatchObject({ model_name: 'rf_profit_margin' });
    expect(await ask('/health')).toMatchObject({ model_name: 'rf_profit_margin' });
  });

  test('the model that the path names', async () => {
    const reply = await ask('/models/churn/predict', { tenure: 3 });
    expect(reply).toMatchObject({ status: 200, y_pred: 'leaves', model_name: 'churn' });
    const info = await ask('/models/churn');
    expect(info).toMatchObject({ model_name: 'churn', classes: [['stays', 'leaves']] });
  });

  test('the model whose name needs escapes', async () => {
    const path = `/models/${encodeURIComponent(ODD_NAME)}`;
    expect(await ask(path)).toMatchObject({ status: 200, model_name: ODD_NAME });
    expect(await ask(`${path}/predict`, ROW)).toMatchObject({ model_version: '2' });
  });

  test('stored rows of the model that the path names', async () => {
    const below = `/models/${encodeURIComponent(ODD_NAME)}/predict`;
    expect(await ask(`${below}/by-raw-id`, { raw_id: 7 })).toMatchObject({
      status: 200,
      raw_id: 7,
      y_pred: tinyAnswer(ROW),
      model_name: ODD_NAME,
    });
    const batch = await ask(`${below}/batch/by-raw-ids`, { raw_ids: [7, 8, 99] });
    expect(batch).toMatchObject({ count_requested: 3, count_found: 2, model_name: ODD_NAME });
  });

  test('many models at once, and each answers its own', async () => {
    const asked = Array.from({ length: 300 }, (_, at) => at % 3);
    const names = ['rf_profit_margin', 'churn', encodeURIComponent(ODD_NAME)];
    const replies = await Promise.all(
      asked.map((at) => ask(`/models/${names[at]}/predict`, at === 1 ? { tenure: at } : ROW)),
    );
    const answered = replies.map((reply) => encodeURIComponent(String(reply['model_name'])));
    expect(answered).toEqual(asked.map((at) => names[at]));
  });
});

describe('a model that is not there', () => {
  test.each([
    { path: '/models/nobody', body: undefined },
    { path: '/models/nobody/openapi.json', body: undefined },
    { path: '/models/nobody/predict', body: ROW },
    { path: '/models/nobody/predict/by-raw-id', body: { raw_id: 1 } },
    { path: '/models/nobody/predict/batch/by-raw-ids', body: { raw_ids: [1] } },
  ])('is unknown at $path, and the reply names those that are', async ({ path, body }) => {
    expect(await ask(path, body)).toMatchObject({
      status: 404,
      code: 'MODEL_UNKNOWN',
      detail: `there is no model "nobody"; there are: rf_profit_margin, churn, ${ODD_NAME}`,
    });
  });

  test.each(['constructor', '__proto__', 'Churn', 'churn%20', '%00'])(
    '%s is none',
    async (name) => {
      expect(await ask(`/models/${name}`)).toMatchObject({ status: 404, code: 'MODEL_UNKNOWN' });
    },
  );

  test('yet is missed with its reason, and its neighbours answer', async () => {
    const models = new LiveModels(['slow', 'quick']);
    const scoring = createScoring(tinyModel({ name: 'quick' }), new Metrics());
    await models.replace('quick', { scoring, uri: 'tiny', fallbackReason: null });
    const own = await startService({ context: { models, missing: () => ['slow: on its way'] } });
    for (const path of ['/predict', '/models/slow/predict']) {
      const reply = await post(own.url + path, ROW);
      expect([path, reply.status]).toEqual([path, 503]);
      expect(reply.headers.get('retry-after')).toBe('2');
      const { code, detail } = await jsonOf(reply);
      expect(code).toBe('MODEL_UNAVAILABLE');
      expect(detail).toContain('slow: ');
    }
    expect((await fetch(`${own.url}/openapi.json`)).status).toBe(503);
    expect((await fetch(`${own.url}/models/quick/openapi.json`)).status).toBe(200);
    expect((await post(`${own.url}/models/quick/predict`, ROW)).status).toBe(200);
    await own.stop();
    await models.stop();
  });

  test('while no name is known at all is missed, not unknown', async () => {
    const own = await startService({
      context: { models: new LiveModels(), missing: () => ['the model is not loaded yet'] },
    });
    const reply = await fetch(`${own.url}/models/churn`);
    expect(reply.status).toBe(503);
    expect(await jsonOf(reply)).toMatchObject({ detail: 'the model is not loaded yet' });
    await own.stop();
  });
});

describe('GET /models', () => {
  test('lists the models in their order', async () => {
    const { models } = await ask('/models');
    expect(models).toEqual([
      {
        name: 'rf_profit_margin',
        version: '7',
        target: 'profit_margin',
        task: 'regression',
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        model_uri: 'tiny',
        model_fallback_reason: null,
        default: true,
        ready: true,
        reason: null,
      },
      expect.objectContaining({ name: 'churn', task: 'classification', default: false }),
      expect.objectContaining({ name: ODD_NAME, version: '2' }),
    ]);
  });

  test('says of a model that is not ready why', async () => {
    const own = await startService({ context: { models: new LiveModels(['slow']) } });
    const { models } = await jsonOf(await fetch(`${own.url}/models`));
    expect(models).toEqual([
      expect.objectContaining({
        name: 'slow',
        version: null,
        ready: false,
        reason: 'the model is not loaded yet',
      }),
    ]);
    await own.stop();
  });
});

test('what is compiled for a model goes with it', async () => {
  const own = await startService({ others: [tinyModel({ name: 'margin', version: '1' })] });
  const said = async (): Promise<unknown[]> => {
    const reply = await jsonOf(await post(`${own.url}/models/margin/predict`, ROW));
    const document = await fetch(`${own.url}/models/margin/openapi.json`);
    const { info } = (await document.json()) as { info: { description: string } };
    return [Object.keys(reply), reply['model_version'], info.description];
  };
  const before = await said();
  expect(before.slice(1)).toEqual(['1', expect.stringContaining('version 1.')]);
  const model = tinyModel({ name: 'margin', version: '2', profile: 'superstore' });
  const scoring = createScoring(model, own.metrics);
  await own.models.replace('margin', { scoring, uri: 'tiny', fallbackReason: null });
  const after = await said();
  expect(after.slice(1)).toEqual(['2', expect.stringContaining('version 2.')]);
  expect(after[0]).toEqual((before[0] as string[]).toSpliced(2, 0, 'profit_margin_percent'));
  await own.stop();
});

const count = (labels: string): string => `thicket_http_request_seconds_count{${labels}} 1\n`;

test('the metrics count requests by model, and know no name that a client made up', async () => {
  const own = await startService({ others: [tinyClassifier()] });
  await post(`${own.url}/models/churn/predict`, { tenure: 3 });
  await post(`${own.url}/models/churn/predict`, {});
  await post(`${own.url}/predict`, ROW);
  await post(`${own.url}/models/made-up/predict`, ROW);
  await fetch(`${own.url}/models`);
  const { text } = await own.metrics.render();
  expect(text).toContain(count('route="/models/{name}/predict",code="200",model="churn"'));
  expect(text).toContain(count('route="/models/{name}/predict",code="422",model="churn"'));
  expect(text).toContain(count('route="/predict",code="200",model="rf_profit_margin"'));
  expect(text).toContain(count('route="/models/{name}/predict",code="404"'));
  expect(text).toContain(count('route="/models",code="200"'));
  expect(text).toContain('thicket_batch_rows_count{place="inline",model="churn"} 1\n');
  expect(text).not.toContain('made-up');
  await own.stop();
});
