import { afterEach, describe, expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import type { OutcomeDraft } from '../../src/store/outcomes/outcome-writer.ts';
import { type BatchObserver, Metrics } from '../../src/ops/metrics.ts';
import { HeldStore } from '../support/held-store.ts';
import { type Service, createScoring, startService } from '../support/http-service.ts';
import { tinyAnswer, tinyLinear, tinyModel, tinyScorer } from '../support/tiny-model.ts';

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

/** A model of which the answer to 1e308 is not finite, over a store of the rows 1 to 4. */
function rowsInStore() {
  const stored: OutcomeDraft[] = [];
  const rows = [1, 1e308, 2, 3].map((x, at) => ({ id: at + 1, values: [x] }));
  const scoring = {
    level: 'stored' as const,
    write: (drafts: readonly OutcomeDraft[]) => {
      stored.push(...drafts);
      return Promise.resolve(drafts.map((_, at) => at));
    },
    rawRows: {
      table: 'raw_superstore',
      byIds: (ids: readonly number[]) =>
        Promise.resolve(
          new Map(rows.filter(({ id }) => ids.includes(id)).map((r) => [r.id, r.values])),
        ),
    },
  };
  return { stored, rows, scoring };
}

describe('a row without an answer', () => {
  test('costs its neighbours of the same turn nothing', async () => {
    service = await startService({ model: tinyLinear() });
    const asked = [1, 1e308, 2].map((x) => service.scoring.predict({ x }, null));
    const [one, huge, two] = await Promise.allSettled(asked);
    expect(one).toMatchObject({ value: { answer: { predictions: [5] } } });
    expect(two).toMatchObject({ value: { answer: { predictions: [9] } } });
    expect(huge).toMatchObject({ reason: { code: 'ROW_INVALID' } });
  });

  test('is named among rows of the store, and nothing is stored of a call that wants all', async () => {
    const { stored, scoring } = rowsInStore();
    service = await startService({ model: tinyLinear(), scoring });
    await expect(service.scoring.predictRawIds([1, 2, 3], null)).rejects.toMatchObject({
      code: 'ROW_INVALID',
      message: "raw_id=2: body: The model's answer is not a finite number",
      issues: [{ loc: ['raw_superstore', 2] }],
    });
    expect(stored).toEqual([]);
  });

  test('is left out where a whole table is walked through, with the reason', async () => {
    const { stored, rows, scoring } = rowsInStore();
    service = await startService({ model: tinyLinear(), scoring });
    expect(await service.scoring.scoreRawRows(rows)).toEqual({
      stored: 3,
      refused: [{ rawId: 2, reason: "raw_id=2: body: The model's answer is not a finite number" }],
    });
    expect(stored.map(({ rawId, prediction }) => [rawId, prediction])).toEqual([
      [1, 5],
      [3, 9],
      [4, 13],
    ]);
  });
});

test('rows by id are read while those in front of them are scored', async () => {
  const { scoring: storeSide } = rowsInStore();
  const events: string[] = [];
  const byIds = (ids: readonly number[]) => {
    events.push(`read ${ids.join()}`);
    return storeSide.rawRows.byIds(ids);
  };
  class Recorded extends Metrics {
    override batchObserver(): BatchObserver {
      return () => void events.push('scored');
    }
  }
  const rawRows = { ...storeSide.rawRows, byIds };
  const options = { ...storeSide, rawRows, chunkRows: 1 };
  const scoring = createScoring(tinyLinear(), new Recorded(), options);
  const predictions = await scoring.predictRawIds([4, 1, 3], null);
  await scoring.stop();
  expect(predictions.map(({ rawId, answer }) => [rawId, answer.predictions[0]])).toEqual([
    [4, 13],
    [1, 5],
    [3, 9],
  ]);
  expect(events).toEqual(['read 4', 'read 1', 'scored', 'read 3', 'scored', 'scored']);
});

describe('what is handed to the store', () => {
  test('is the scores of a classifier that knows no probabilities', async () => {
    const { stored, scoring } = rowsInStore();
    service = await startService({ model: tinyScorer(), scoring });
    await service.scoring.predict({ tenure: 3 }, null);
    expect(stored[0]).toMatchObject({
      prediction: null,
      label: 'leaves',
      probabilities: null,
      scores: '{"decision_function":[0.25],"votes":[0.25,0.75]}',
    });
  });

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
        modelDigest: '0'.repeat(64),
        target: 'profit_margin',
        prediction: tinyAnswer({ sales: 1e21, quantity: 3, segment: '' }),
        label: null,
        outputs: null,
        probabilities: null,
        scores: null,
        requestId: 'r-7',
        jobId: null,
        runId: null,
        input: '{"sales":1e+21,"quantity":3,"segment":null}',
      },
    ]);
  });
});
