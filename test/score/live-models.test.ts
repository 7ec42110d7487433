import { afterEach, expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import { Metrics } from '../../src/ops/metrics.ts';
import { LiveModels, type ServedModel } from '../../src/score/live-models.ts';
import { HeldStore } from '../support/held-store.ts';
import { type StoreSide, createScoring } from '../support/http-service.ts';
import { tinyClassifier, tinyModel } from '../support/tiny-model.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };
const addon = loadAddon();

let models: LiveModels;
afterEach(async () => {
  await models.stop();
  expect(addon.liveForests()).toBe(0);
});

function served(model = tinyModel(), storeSide: StoreSide = {}): ServedModel {
  const scoring = createScoring(model, new Metrics(), storeSide);
  return { scoring, uri: `${model.metadata.name}.thicket`, fallbackReason: null };
}

test('models are found by name, and the first one without a name', async () => {
  models = new LiveModels(['margin', 'churn']);
  const [margin, churn] = [served(), served(tinyClassifier())];
  await models.replace('churn', churn);
  expect(models.find()).toBeNull();
  await models.replace('margin', margin);
  expect(models.find()).toBe(margin.scoring);
  expect(models.find('margin')).toBe(margin.scoring);
  expect(models.find('churn')).toBe(churn.scoring);
  expect(models.find('unknown')).toBeNull();
  expect(models.names()).toEqual(['margin', 'churn']);
});

test('the list says of each model where it is from, or why it is not live', async () => {
  models = new LiveModels(['churn', 'margin']);
  await models.replace('churn', served(tinyClassifier()));
  expect(models.list()).toEqual([
    {
      name: 'churn',
      version: '7',
      target: 'churned',
      task: 'classification',
      digest: '0'.repeat(64),
      uri: 'churn.thicket',
      fallbackReason: null,
      reason: null,
    },
    {
      name: 'margin',
      version: null,
      target: null,
      task: null,
      digest: null,
      uri: null,
      fallbackReason: null,
      reason: 'the model is not loaded yet',
    },
  ]);
});

test('a replaced model is not found at once, and freed when its calls have ended', async () => {
  models = new LiveModels();
  const store = new HeldStore();
  const old = served(tinyModel(), { level: 'stored', write: store.write });
  await models.replace('margin', old);
  const prediction = old.scoring.predict(ROW, null);
  await store.holding(1);
  const next = served(tinyModel({ version: '8' }));
  const replaced = models.replace('margin', next);
  expect(models.find('margin')).toBe(next.scoring);
  expect(addon.liveForests()).toBe(2);
  store.commit();
  expect((await prediction).id).toBe(1);
  await replaced;
  expect(addon.liveForests()).toBe(1);
});

test('a stop frees every model, those that are being replaced included', async () => {
  models = new LiveModels();
  const store = new HeldStore();
  const old = served(tinyModel(), { level: 'stored', write: store.write });
  await models.replace('margin', old);
  const prediction = old.scoring.predict(ROW, null);
  await store.holding(1);
  const replaced = models.replace('margin', served());
  const stopped = models.stop();
  expect(models.find()).toBeNull();
  store.commit();
  await Promise.all([prediction, replaced, stopped]);
  expect(addon.liveForests()).toBe(0);
});

test('a model that comes after the stop is freed, and refused', async () => {
  models = new LiveModels();
  await models.stop();
  await expect(models.replace('margin', served())).rejects.toMatchObject({
    code: 'MODEL_UNAVAILABLE',
  });
  expect(addon.liveForests()).toBe(0);
});
