import { expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import { createLiveModel } from '../../src/registry/live-model.ts';
import { allocateRows } from '../../src/schema/encode.ts';
import { tinyAnswer, tinyModel } from '../support/tiny-model.ts';

const addon = loadAddon();

test('a live model validates, encodes and scores a row', () => {
  const live = createLiveModel(tinyModel(), { addon, extraFields: 'ignore' });
  const row = { sales: 250, quantity: 1, segment: 'Corporate' };
  const into = allocateRows(live.schema.slots, 1);
  live.encode(live.validate(row), 0, into);
  const raw = new Float64Array(1);
  live.scoreRows(1, into, raw);
  expect(raw[0]! / 2).toBe(tinyAnswer(row));
  live.close();
});

test('closing gives the forest back, and twice is once', () => {
  const before = addon.liveForests();
  const live = createLiveModel(tinyModel(), { addon, extraFields: 'ignore' });
  expect(addon.liveForests()).toBe(before + 1);
  live.close();
  live.close();
  expect(addon.liveForests()).toBe(before);
});

test('a model whose golden row it does not answer is refused, and leaves no forest behind', () => {
  const before = addon.liveForests();
  const golden = {
    inputs: [[250, 1, 'Corporate']],
    raw: Float64Array.of(0.30000000000000004), // One unit in the last place beside 0.5 - 0.2.
    outputs: Float64Array.of(0.15),
  };
  const model = { ...tinyModel(), golden };
  expect(() => createLiveModel(model, { addon, extraFields: 'ignore' })).toThrowError(
    expect.objectContaining({ code: 'MODEL_REFUSED' }),
  );
  expect(addon.liveForests()).toBe(before);
});

test('a row costs more where the trees are deeper', () => {
  const live = createLiveModel(tinyModel(), { addon, extraFields: 'ignore' });
  expect(live.nsPerRow).toBeGreaterThan(500);
  live.close();
});
