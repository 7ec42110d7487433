import { expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import type { ForestSpec } from '../../src/forest/addon.ts';
import type { Ensemble, Model } from '../../src/model/model.ts';
import { createLiveModel, type LiveModel } from '../../src/live/live-model.ts';
import {
  stackAnswer,
  tinyAnswer,
  tinyLinear,
  tinyModel,
  tinyStack,
} from '../support/tiny-model.ts';

const addon = loadAddon();

function expectTinyAnswer(live: LiveModel): void {
  const row = { sales: 250, quantity: 1, segment: 'Corporate' };
  const raw = new Float64Array(1);
  const [answer] = live.answer([live.validate(row)], raw);
  expect(answer?.predictions).toEqual([tinyAnswer(row)]);
  expect(raw[0]! / 2).toBe(tinyAnswer(row));
}

test('a live model validates, encodes and scores a row', () => {
  const live = createLiveModel(tinyModel(), { addon, extraFields: 'ignore' });
  expectTinyAnswer(live);
  live.close();
});

test('forests side by side and one in the head answer together, and are given back together', () => {
  const before = addon.liveForests();
  const live = createLiveModel(tinyStack(), { addon, extraFields: 'ignore' });
  expect(addon.liveForests()).toBe(before + 3);
  expect(live).toMatchObject({ shape: { rawWidth: 2 }, description: { trees: 6, innerNodes: 9 } });
  const rows = [50, 100.5, 250].flatMap((sales) =>
    [1, 3].flatMap((quantity) =>
      ['Corporate', 'Consumer'].map((segment) => ({ sales, quantity, segment })),
    ),
  );
  const answers = live.answer(rows.map((row) => live.validate(row)));
  expect(answers.map((answer) => answer?.predictions[0])).toEqual(rows.map(stackAnswer));
  live.close();
  expect(addon.liveForests()).toBe(before);
});

test('a model without trees answers, and what its head computes is counted', () => {
  const live = createLiveModel(tinyLinear(), { addon, extraFields: 'ignore' });
  expect(live).toMatchObject({ shape: { rawWidth: 0 }, forestNsPerRow: 0 });
  expect(live.nsPerRow).toBeGreaterThan(0);
  const rows = [2, 1e308, -1].map((x) => live.validate({ x }));
  const answers = live.answer(rows);
  expect(answers.map((answer) => answer?.predictions ?? null)).toEqual([[9], null, [-3]]);
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

test('trees that are given are gone afterwards, and the live model scores on', () => {
  const model = tinyModel();
  const live = createLiveModel(model, { addon, extraFields: 'ignore', trees: 'given' });
  const [{ threshold, leafValues, base }] = model.ensembles as [Ensemble];
  expect([threshold.length, leafValues.length, base.length]).toEqual([0, 0, 1]);
  expectTinyAnswer(live);
  live.close();
});

test('trees are kept where they are asked for, at the stated cost, and nothing is kept otherwise', () => {
  const model = tinyModel();
  const [tiny] = model.ensembles as [Ensemble];
  const [inner, leaves, trees] = [tiny.feature.length, tiny.leafValues.length, tiny.roots.length];
  const visits = new Float64Array(inner);
  const covers = Float64Array.from({ length: inner + leaves }, (_, node) => node + 1);
  const given = { ...model, ensembles: [{ ...tiny, visits, covers }] };
  const options = { addon, extraFields: 'ignore', trees: 'given' } as const;
  const live = createLiveModel(given, { ...options, keep: 'trees' });
  expect(live.kept?.headForests).toEqual([]);
  const [{ ensemble }] = live.kept!.forests.map(({ spec }) => spec) as [ForestSpec];
  expect(ensemble).toMatchObject({ threshold: tiny.threshold, covers });
  const bytes = Object.values(ensemble)
    .filter((array) => ArrayBuffer.isView(array))
    .reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(bytes).toBe(29 * inner + 8 * leaves + 8 * (inner + leaves) + 4 * trees + 8);
  expectTinyAnswer(live);
  live.close();
  const other = createLiveModel(given, options);
  expect(other.kept).toBeNull();
  expect([covers.length, visits.length, tiny.threshold.length]).toEqual([0, 0, 0]);
  other.close();
});

test('trees that are lent stay, and so do those of a model that is refused', () => {
  const model = tinyModel();
  createLiveModel(model, { addon, extraFields: 'ignore' }).close();
  expect(model.ensembles).toEqual(tinyModel().ensembles);
  const golden = { ...model.golden, raw: Float64Array.of(1) };
  const refused = { ...model, golden };
  expect(() =>
    createLiveModel(refused, { addon, extraFields: 'ignore', trees: 'given' }),
  ).toThrowError(expect.objectContaining({ code: 'MODEL_REFUSED' }));
  expect(refused.ensembles).toEqual(tinyModel().ensembles);
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

test('a row’s cost is measured: more trees cost more', () => {
  const [few, many] = [1, 2_000].map((times) => {
    const live = createLiveModel(repeatedTrees(times), { addon, extraFields: 'ignore' });
    live.close();
    return live.nsPerRow;
  });
  expect(few).toBeGreaterThan(0);
  expect(many).toBeGreaterThan(few!);
});

/** The tiny model with its roots' trees copied: the same question, asked many times. */
function repeatedTrees(times: number): Model {
  const model = tinyModel();
  const [ensemble] = model.ensembles;
  const copies = Array.from({ length: times }, (_, at) => at);
  const innerNodes = ensemble!.feature.length;
  const leaves = ensemble!.leafValues.length / ensemble!.outputs;
  const shifted = (children: Int32Array): Int32Array =>
    Int32Array.from(
      copies.flatMap((copy) =>
        Array.from(children, (child) =>
          child >= 0 ? child + copy * innerNodes : child - copy * leaves,
        ),
      ),
    );
  const repeated = <List extends Float64Array | Uint8Array | Uint32Array>(list: List): List => {
    const whole = new (list.constructor as new (length: number) => List)(list.length * times);
    for (const copy of copies) whole.set(list, copy * list.length);
    return whole;
  };
  return {
    ...model,
    ensembles: [
      {
        ...ensemble!,
        roots: shifted(ensemble!.roots),
        left: shifted(ensemble!.left),
        right: shifted(ensemble!.right),
        feature: repeated(ensemble!.feature),
        threshold: repeated(ensemble!.threshold),
        missingLeft: repeated(ensemble!.missingLeft),
        visits: repeated(ensemble!.visits),
        leafValues: repeated(ensemble!.leafValues),
      },
    ],
  };
}
