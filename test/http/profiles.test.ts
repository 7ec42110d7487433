import { describe, expect, test } from 'vitest';

import { profileOf } from '../../src/http/profiles/choice.ts';
import type { ProfiledModel } from '../../src/http/profiles/profile.ts';
import { compilePlan } from '../../src/model/plan/plan.ts';
import type { ClassRule, Model } from '../../src/model/model.ts';
import { type Service, type ServiceOptions, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import {
  tinyAnswer,
  tinyClassifier,
  tinyModel,
  tinyScorer,
  tinyStack,
} from '../support/tiny-model.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };
const STORED_ID = 41;

/** Answers as a store does that gives the same id to every outcome. */
async function withService(
  options: ServiceOptions & { readonly model: Model },
  work: (service: Service) => Promise<void>,
): Promise<void> {
  const service = await startService({
    ...options,
    scoring: {
      level: 'stored',
      write: (drafts) => Promise.resolve(drafts.map(() => STORED_ID)),
      rawRows: {
        table: 'rows',
        byIds: (ids) =>
          Promise.resolve(new Map(ids.map((id) => [id, storedValues(options.model)]))),
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

function storedValues(model: Model): readonly unknown[] {
  return model.fields.length === 1 ? [3] : Object.values(ROW);
}

function withProfile(model: Model, profile: string, more: Partial<Model['metadata']> = {}): Model {
  return { ...model, metadata: { ...model.metadata, profile, ...more } };
}

/** The same classifier with other labels. */
function labelled(model: Model, labels: readonly (string | number | boolean)[]): Model {
  const [output] = model.answer.outputs;
  const probabilities = labels.map((_, at) => 1 + (at % 2));
  const outputs = [{ ...(output as ClassRule), labels, probabilities }];
  return { ...model, answer: { ...model.answer, outputs } };
}

const refuseToStore = () => Promise.reject(new Error('nothing is to be stored'));

async function textOf(service: Service, path: string, body: unknown): Promise<string> {
  const reply = await post(service.url + path, body);
  expect(reply.status).toBe(200);
  return reply.text();
}

test('superstore is the same as ever, byte for byte', async () => {
  const model = tinyModel({ profile: 'superstore' });
  await withService({ model }, async (service) => {
    const answer = '"y_pred":0.325,"profit_margin_percent":32.5';
    const names = '"model_name":"rf_profit_margin","model_version":"7","target":"profit_margin"';
    const tail = `${answer},"logged_to_db":true,${names}`;
    expect(await textOf(service, '/predict', ROW)).toBe(`{"prediction_id":41,${tail}}`);
    expect(await textOf(service, '/predict/by-raw-id', { raw_id: 7 })).toBe(
      `{"raw_id":7,"prediction_id":41,${tail}}`,
    );
    expect(await textOf(service, '/predict/batch/by-raw-ids', { raw_ids: [7, 8] })).toBe(
      '{"count_requested":2,"count_found":2,"count_returned":2,"count_logged":2,"max_batch":1000,' +
        `"chunk_size":200,${names},"results":[{"raw_id":7,${answer}},{"raw_id":8,${answer}}]}`,
    );
  });
});

describe.each([
  {
    profile: 'plain',
    model: tinyModel(),
    row: ROW,
    result: { prediction_id: STORED_ID, y_pred: tinyAnswer(ROW) },
    more: {
      logged_to_db: true,
      model_name: 'rf_profit_margin',
      model_version: '7',
      target: 'profit_margin',
    },
  },
  {
    profile: 'regression',
    model: tinyModel(),
    row: ROW,
    result: {
      prediction: tinyAnswer(ROW),
      y_hat: tinyAnswer(ROW),
      p10: null,
      p90: null,
      interval_method: null,
      prediction_id: STORED_ID,
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
      prediction_id: STORED_ID,
    },
    more: {},
  },
  {
    profile: 'retail',
    model: tinyModel(),
    row: ROW,
    result: { prediction: tinyAnswer(ROW), prediction_id: STORED_ID },
    more: { request_id: 'r-1', processing_time: expect.any(Number) },
  },
])('$profile', ({ profile, model, row, result, more }) => {
  const options = { model: withProfile(model, profile) };

  test('answers a row', async () => {
    await withService(options, async (service) => {
      const reply = await post(`${service.url}/predict`, row, { 'x-request-id': 'r-1' });
      expect(await jsonOf(reply)).toEqual({ ...result, ...more });
    });
  });

  test('answers a stored row', async () => {
    await withService(options, async (service) => {
      const url = `${service.url}/predict/by-raw-id`;
      const reply = await post(url, { raw_id: 7 }, { 'x-request-id': 'r-1' });
      expect(await jsonOf(reply)).toEqual({ raw_id: 7, ...result, ...more });
    });
  });

  test('answers stored rows as a list of results', async () => {
    await withService(options, async (service) => {
      const reply = await post(`${service.url}/predict/batch/by-raw-ids`, { raw_ids: [7, 8] });
      expect(await jsonOf(reply)).toEqual({
        count_requested: 2,
        count_found: 2,
        count_returned: 2,
        count_logged: 2,
        max_batch: 1_000,
        chunk_size: 200,
        model_name: model.metadata.name,
        model_version: '7',
        target: model.metadata.target,
        results: [
          { raw_id: 7, ...result },
          { raw_id: 8, ...result },
        ],
      });
    });
  });

  test('tells errors as every profile does', async () => {
    await withService(options, async (service) => {
      const reply = await post(`${service.url}/predict`, {});
      expect(reply.status).toBe(422);
      const { detail, ...rest } = await jsonOf(reply);
      expect(Object.keys(rest)).toEqual(['code', 'request_id']);
      expect(detail).toMatchObject(model.fields.map(() => ({ type: 'missing' })));
    });
  });

  test('is named by the model’s info', async () => {
    await withService(options, async (service) => {
      const info = await jsonOf(await fetch(`${service.url}/model-info`));
      expect(info['profile']).toBe(profile);
    });
  });
});

describe('plain', () => {
  test('tells what a classifier knows', async () => {
    await withService({ model: tinyClassifier() }, async (service) => {
      expect(await jsonOf(await post(`${service.url}/predict`, { tenure: 3 }))).toMatchObject({
        y_pred: 'leaves',
        probabilities: { stays: 0.25, leaves: 0.75 },
      });
    });
  });

  test('is the profile of a model that names none', async () => {
    await withService({ model: tinyModel() }, async (service) => {
      const reply = await jsonOf(await post(`${service.url}/predict`, ROW));
      expect(reply).toHaveProperty('target', 'profit_margin');
      expect(reply).not.toHaveProperty('profit_margin_percent');
    });
  });
});

describe('churn: the positive class', () => {
  test.each([
    { labels: ['Yes', 'No'], probability: 0.25, prediction: 'No' },
    { labels: ['No', 'Yes'], probability: 0.75, prediction: 'Yes' },
    { labels: ['yes', 'no'], probability: 0.25, prediction: 'no' },
    { labels: [1, 0], probability: 0.25, prediction: 0 },
    { labels: ['1', '0'], probability: 0.25, prediction: '0' },
    { labels: [true, false], probability: 0.25, prediction: false },
    { labels: ['True', 'False'], probability: 0.25, prediction: 'False' },
    { labels: ['stays', 'leaves'], probability: 0.75, prediction: 'leaves' },
    { labels: [2, 3], probability: 0.75, prediction: 3 },
  ])('of $labels', async ({ labels, probability, prediction }) => {
    const model = withProfile(labelled(tinyClassifier(), labels), 'churn');
    await withService({ model }, async (service) => {
      expect(await jsonOf(await post(`${service.url}/predict`, { tenure: 3 }))).toMatchObject({
        prediction,
        churn_probability: probability,
        confidence: 0.75, // That of the label, whichever class is the positive one.
      });
    });
  });
});

test('churn: the spec names the positive class where its place does not', async () => {
  const labels = ['churns', 'stays'];
  const model = withProfile(labelled(tinyClassifier(), labels), 'churn', {
    positiveClass: 'churns',
  });
  await withService({ model }, async (service) => {
    expect(await jsonOf(await post(`${service.url}/predict`, { tenure: 3 }))).toMatchObject({
      prediction: 'stays',
      churn_probability: 0.25,
      confidence: 0.75,
    });
  });
});

describe('retail', () => {
  test('refuses a negative value by the range that the field’s spec states', async () => {
    await withService({ model: withProfile(tinyModel(), 'retail') }, async (service) => {
      const reply = await post(`${service.url}/predict`, { ...ROW, sales: -1 });
      expect(reply.status).toBe(422);
      expect(await jsonOf(reply)).toMatchObject({
        code: 'ROW_INVALID',
        detail: [{ type: 'greater_than_equal', loc: ['body', 'sales'], input: -1 }],
      });
    });
  });

  test('tells the request’s id and time as the headers do', async () => {
    await withService({ model: withProfile(tinyModel(), 'retail') }, async (service) => {
      const reply = await post(`${service.url}/predict`, ROW);
      const { request_id: id, processing_time: seconds } = await jsonOf(reply);
      expect(id).toBe(reply.headers.get('x-request-id'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(Number(reply.headers.get('x-process-time')));
    });
  });
});

describe('the id of a row', () => {
  const churn = withProfile(tinyClassifier(), 'churn');
  test.each([
    { id: '7590-VHVEG' },
    { id: 17 },
    { id: 1.5 },
    { id: null },
    { id: 'naïve "🌲"' },
    { id: 'x'.repeat(256) },
  ])('$id is repeated by churn as customer_id', async ({ id }) => {
    await withService({ model: churn }, async (service) => {
      const row = { customer_id: id, tenure: 3 };
      const reply = await jsonOf(await post(`${service.url}/predict`, row));
      expect(reply).toHaveProperty('customer_id', id);
    });
  });

  test('is left out where the row has none', async () => {
    await withService({ model: churn }, async (service) => {
      const reply = await jsonOf(await post(`${service.url}/predict`, { tenure: 3 }));
      expect(reply).not.toHaveProperty('customer_id');
    });
  });

  test('stands beside values in field order as well', async () => {
    await withService({ model: churn }, async (service) => {
      const row = { features: [3], customer_id: 'a' };
      expect(await jsonOf(await post(`${service.url}/predict`, row))).toMatchObject({
        customer_id: 'a',
        prediction: 'leaves',
      });
    });
  });

  test.each([
    { id: {}, type: 'string_type' },
    { id: [1], type: 'string_type' },
    { id: true, type: 'string_type' },
    { id: 2 ** 53, type: 'string_type' },
    { id: 'x'.repeat(257), type: 'string_too_long' },
    { id: 'a\0b', type: 'value_error' },
  ])('$id is refused, and nothing is stored', async ({ id, type }) => {
    await withService({ model: churn, scoring: { write: refuseToStore } }, async (service) => {
      const reply = await post(`${service.url}/predict`, { customer_id: id, tenure: 3 });
      expect(reply.status).toBe(422);
      expect(await jsonOf(reply)).toMatchObject({
        code: 'ROW_INVALID',
        detail: [{ type, loc: ['body', 'customer_id'] }],
      });
    });
  });

  test('is repeated under the name that the spec gives, by every profile but churn', async () => {
    const idField = 'customerID';
    const row = { customerID: 'a', tenure: 3 };
    const model = withProfile(tinyClassifier(), 'plain', { idField });
    await withService({ model }, async (service) => {
      const reply = await jsonOf(await post(`${service.url}/predict`, row));
      expect(reply).toMatchObject({ customerID: 'a', y_pred: 'leaves' });
    });
    await withService({ model: withProfile(model, 'churn', { idField }) }, async (service) => {
      const reply = await jsonOf(await post(`${service.url}/predict`, row));
      expect(reply).toMatchObject({ customer_id: 'a', prediction: 'leaves' });
      expect(reply).not.toHaveProperty('customerID');
    });
  });

  test('that the spec names is no extra field where those are forbidden', async () => {
    const config = { extraFields: 'forbid' } as const;
    const row = { customerID: 'a', tenure: 3 };
    const named = withProfile(tinyClassifier(), 'churn', { idField: 'customerID' });
    await withService({ model: named, config }, async (service) => {
      const positional = { features: [3], customerID: 'a' };
      for (const body of [row, positional]) {
        const reply = await post(`${service.url}/predict`, body);
        expect(await jsonOf(reply)).toHaveProperty('customer_id', 'a');
      }
      expect((await post(`${service.url}/predict`, { ...row, other: 1 })).status).toBe(422);
    });
    await withService({ model: churn, config }, async (service) => {
      const reply = await post(`${service.url}/predict`, { customer_id: 'a', tenure: 3 });
      expect(await jsonOf(reply)).toMatchObject({ detail: [{ type: 'extra_forbidden' }] });
    });
  });
});

test('THICKET_PROFILE wins over the model’s spec', async () => {
  const model = tinyModel({ profile: 'superstore' });
  await withService({ model, config: { profile: 'retail' } }, async (service) => {
    const reply = await jsonOf(await post(`${service.url}/predict`, ROW));
    expect(Object.keys(reply)).toEqual([
      'prediction',
      'prediction_id',
      'request_id',
      'processing_time',
    ]);
  });
});

/** All that a profile looks at of the live model. */
function live(model: Model): ProfiledModel {
  const { head } = compilePlan(model);
  return { metadata: model.metadata, shape: head.shape };
}

function twice(model: Model): Model {
  const [output] = model.answer.outputs;
  return { ...model, answer: { ...model.answer, outputs: [output!, output!] } };
}

describe('a profile that does not fit', () => {
  test.each([
    { profile: 'churn', model: tinyStack(), words: 'it is a regression' },
    { profile: 'churn', model: tinyScorer(), words: 'it knows no probabilities' },
    { profile: 'churn', model: twice(tinyClassifier()), words: 'it has 2 outputs' },
    {
      profile: 'churn',
      model: labelled(tinyClassifier(), ['low', 'middle', 'high']),
      words: 'none of its 3 classes is 1, true or yes',
    },
    {
      profile: 'churn',
      model: withProfile(tinyClassifier(), 'churn', { positiveClass: 'gone' }),
      words: 'none of its 2 classes is gone',
    },
    {
      profile: 'churn',
      model: labelled(tinyClassifier(), ['Yes', 'yes']),
      words: 'its classes "Yes" and "yes" all mean yes: name one as positive_class in the spec',
    },
    { profile: 'regression', model: tinyClassifier(), words: 'it is a classifier' },
    { profile: 'nonsense', model: tinyModel(), words: 'there are plain, superstore, churn' },
  ])('$profile: $words', ({ profile, model, words }) => {
    expect(() => profileOf(live(withProfile(model, profile)), null)).toThrow(
      expect.objectContaining({
        code: 'MODEL_REFUSED',
        message: expect.stringContaining(words),
      }),
    );
  });

  test('is the setting’s fault where the setting names it', () => {
    expect(() => profileOf(live(tinyStack()), 'churn')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message:
          'THICKET_PROFILE=churn does not fit the model stack: it is a regression, and churn_probability belongs to a class',
      }),
    );
  });

  test.each(['y_pred', 'raw_id'])('has a member with the name of the id field, %s', (idField) => {
    expect(() => profileOf(live(tinyModel({ idField })), null)).toThrow('another member');
  });

  test('is refused before the server listens where there is no such profile', async () => {
    await expect(startService({ config: { profile: 'Superstore' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message:
        'THICKET_PROFILE must be one of plain, superstore, churn, retail, regression, not "Superstore"',
    });
  });
});
