import { expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import { compilePlan } from '../../src/model/plan/plan.ts';
import { CompiledHeads, closeHead, shareHead } from '../../src/model/plan/shared-head.ts';
import { tinyClassifier, tinyModel, tinyStack } from '../support/tiny-model.ts';

test.each([tinyModel(), tinyClassifier(), tinyStack()])(
  'the head of $metadata.name is the same in another thread',
  (model) => {
    const { head } = compilePlan(model);
    const shared = structuredClone(shareHead(model));
    const compiled = new CompiledHeads().of(shared);
    expect(compiled.shape).toEqual(head.shape);
    expect(compiled.needsRows).toBe(head.needsRows);
  },
);

test('a head is compiled once, and forgotten when its model is closed', () => {
  const heads = new CompiledHeads();
  const [first, second] = [shareHead(tinyModel()), shareHead(tinyClassifier())];
  const compiled = heads.of(first);
  expect(heads.of(structuredClone(first))).toBe(compiled);
  expect(heads.of(second)).not.toBe(compiled);
  closeHead(structuredClone(first)); // The same memory, by another name.
  heads.of(second);
  expect(heads.of(first)).not.toBe(compiled);
});

test('a live model that is closed closes its head', () => {
  const live = createLiveModel(tinyModel(), { addon: loadAddon(), extraFields: 'ignore' });
  const heads = new CompiledHeads();
  const compiled = heads.of(live.shared.head);
  expect(heads.of(live.shared.head)).toBe(compiled);
  live.close();
  expect(heads.of(live.shared.head)).not.toBe(compiled);
});

test('a head is shared without the trees', () => {
  const model = tinyModel();
  const [ensemble] = model.ensembles;
  const many = { ...ensemble!, leafValues: new Float64Array(1_000_000) };
  const { memory } = shareHead({ ...model, ensembles: [many] });
  expect(memory.byteLength).toBeLessThan(4_096);
});
