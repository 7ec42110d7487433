import { afterEach, describe, expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import type { OutcomeDraft } from '../../src/store/outcome-writer.ts';
import { HeldStore } from '../support/held-store.ts';
import { type Service, startService } from '../support/http-service.ts';
import { tinyAnswer, tinyModel } from '../support/tiny-model.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };
const addon = loadAddon();

let service: Service;
afterEach(async () => {
  await service.stop();
  expect(addon.liveForests()).toBe(0);
});

describe('stopping', () => {
  test('finishes the calls that have begun, then gives the forest back', async () => {
    const store = new HeldStore();
    service = await startService({ scoring: { level: 'stored', write: store.write } });
    const { scoring } = service;
    const prediction = scoring.predict(ROW, null);
    await store.holding(1);
    const stopped = scoring.stop();
    expect(addon.liveForests()).toBe(1);
    store.commit();
    expect((await prediction).id).toBe(1);
    await stopped;
    expect(addon.liveForests()).toBe(0);
    await expect(scoring.predict(ROW, null)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  });
});

describe('an answer that is not finite', () => {
  test('is a bug of the model: it is not given, and not stored', async () => {
    const model = tinyModel();
    const [ensemble] = model.ensembles;
    // Each leaf is finite, as it must be; the sum over the trees is not.
    const leafValues = new Float64Array(5).fill(1.5e308);
    const stored: OutcomeDraft[] = [];
    service = await startService({
      model: { ...model, ensembles: [{ ...ensemble!, leafValues }] },
      scoring: {
        level: 'stored',
        write: (drafts) => {
          stored.push(...drafts);
          return Promise.resolve(drafts.map((_, at) => at));
        },
      },
    });
    await expect(service.scoring.predict(ROW, null)).rejects.toThrow('finite');
    expect(stored).toEqual([]);
  });
});

describe('what is handed to the store', () => {
  test('is the row as it was scored: field by field, missing as null, extras left out', async () => {
    const stored: OutcomeDraft[] = [];
    service = await startService({
      scoring: {
        level: 'queued',
        write: (drafts, level) => {
          expect(level).toBe('queued');
          stored.push(...drafts);
          return Promise.resolve(drafts.map((_, at) => 100 + at));
        },
      },
    });
    const row = { segment: null, quantity: 3, sales: 1e21, more: 'than asked' };
    const { id } = await service.scoring.predict(row, 'r-7');
    expect(id).toBe(100);
    expect(stored).toEqual([
      {
        rawId: null,
        modelName: 'rf_profit_margin',
        modelVersion: '7',
        target: 'profit_margin',
        prediction: tinyAnswer({ sales: 1e21, quantity: 3, segment: '' }),
        label: null,
        probabilities: null,
        requestId: 'r-7',
        jobId: null,
        input: '{"sales":1e+21,"quantity":3,"segment":null}',
      },
    ]);
  });
});
