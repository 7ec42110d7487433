import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, describe, expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import { openModel } from '../../src/live/open-model.ts';
import type { Model } from '../../src/model/model.ts';
import { writePackage } from '../../src/model/package/package.ts';
import { modelPath, rowFor, sklearnFixtures } from '../support/sklearn-fixtures.ts';
import {
  tinyAnswer,
  tinyClassifier,
  tinyLinear,
  tinyModel,
  tinyScorer,
} from '../support/tiny-model.ts';

const addon = loadAddon();
const directory = mkdtempSync(join(tmpdir(), 'thicket-open-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function openTiny(model: Model) {
  const path = join(directory, 'model.thicket');
  await writePackage(path, model);
  return openModel(path);
}

const ROWS = [
  { sales: 250, quantity: 1, segment: 'Corporate' },
  { sales: 50, quantity: 3, segment: 'Consumer' },
];

describe('a package', () => {
  test('is opened, predicts rows by name and in field order, and is given back', async () => {
    const before = addon.liveForests();
    const model = await openTiny(tinyModel());
    expect(model.fields.map(({ name }) => name)).toEqual(['sales', 'quantity', 'segment']);
    expect(model.metadata.name).toBe('rf_profit_margin');
    const expected = ROWS.map((row) => {
      const prediction = tinyAnswer(row);
      const outputs = [{ prediction, probabilities: null }];
      return { prediction, probabilities: null, outputs, scores: null };
    });
    expect(model.predict(ROWS)).toEqual(expected);
    const lists = ROWS.map(({ sales, quantity, segment }) => [sales, quantity, segment]);
    expect(model.predict(lists)).toEqual(expected);
    expect(model.predict([])).toEqual([]);
    model.close();
    model.close();
    expect(addon.liveForests()).toBe(before);
    expect(() => model.predict(ROWS)).toThrow(
      expect.objectContaining({ code: 'MODEL_UNAVAILABLE' }) as Error,
    );
  });

  test('of a classifier gives a probability for each label', async () => {
    const model = await openTiny(tinyClassifier());
    const [answer] = model.predict([{ tenure: 20 }]);
    expect(answer).toMatchObject({
      prediction: 'stays',
      probabilities: { stays: 0.9375, leaves: 0.0625 },
    });
    model.close();
  });

  test('of a classifier without probabilities gives its scores', async () => {
    const model = await openTiny(tinyScorer());
    const [answer] = model.predict([{ tenure: 20 }]);
    expect(answer).toMatchObject({
      probabilities: null,
      scores: { decision_function: [0.9375], votes: [0.9375, 0.0625] },
    });
    model.close();
  });
});

describe('a place', () => {
  test.each<{ form: string; of: (path: string) => string | URL }>([
    { form: 'a URL', of: (path) => pathToFileURL(path) },
    { form: 'the text of a file: URL', of: (path) => pathToFileURL(path).href },
    { form: 'a path', of: (path) => path },
  ])('is $form', async ({ of }) => {
    const path = join(directory, 'model ä.thicket');
    await writePackage(path, tinyLinear());
    const model = await openModel(of(path));
    expect(model.predict([{ x: 2 }])).toMatchObject([{ prediction: 9 }]);
    model.close();
  });

  test.each<{ place: string | URL; code: string; words: string }>([
    {
      place: '',
      code: 'MODEL_REFUSED',
      words: 'The path of the model is empty: name a model file',
    },
    {
      place: new URL('https://example.org/model.joblib'),
      code: 'MODEL_UNAVAILABLE',
      words: 'the model is at a https: address, and this version reads files and folders only',
    },
    {
      place: 'models:/churn/3',
      code: 'MODEL_UNAVAILABLE',
      words: 'the model is at a models: address',
    },
    {
      place: 'file://elsewhere/model.joblib',
      code: 'MODEL_REFUSED',
      words: 'file://elsewhere/model.joblib is no address of a file on this machine',
    },
  ])('of no file is refused in one sentence: $place', async ({ place, code, words }) => {
    await expect(openModel(place)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words) as string,
    });
  });
});

describe('a file of scikit-learn', () => {
  test('with several outputs gives them all, and the first by itself', async () => {
    const fixture = sklearnFixtures().find(
      ({ file }) => file === 'outputs/chain-classes/1.9.1.joblib',
    )!;
    const model = await openModel(modelPath(fixture));
    const rows = fixture.inputs.map((row) => rowFor(fixture, model, row));
    const answers = model.predict(rows);
    expect(answers.map((answer) => answer!.outputs.map(({ prediction }) => prediction))).toEqual(
      fixture.predictions,
    );
    for (const answer of answers) {
      expect(answer).toMatchObject(answer!.outputs[0]!);
      expect(answer!.outputs.length).toBeGreaterThan(1);
    }
    model.close();
  });

  test('that is none is refused', async () => {
    await expect(openModel('package.json')).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    await expect(openModel('absent.joblib')).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
  });
});

describe('a row', () => {
  test('that the model does not take is named, with its fields, and nothing is predicted', async () => {
    const model = await openTiny(tinyModel());
    const rows = [ROWS[0]!, { sales: -1, segment: 'Corporate' }, ROWS[1]!, [1, 2]];
    expect(() => model.predict(rows)).toThrow(
      expect.objectContaining({
        code: 'ROW_INVALID',
        message: expect.stringMatching(/^rows\[1\]: sales: .*1 more rows are refused/) as string,
        issues: [
          expect.objectContaining({ type: 'greater_than_equal', loc: ['rows', 1, 'sales'] }),
          expect.objectContaining({ type: 'missing', loc: ['rows', 1, 'quantity'] }),
          expect.objectContaining({ type: 'too_short', loc: ['rows', 3, 'features'] }),
        ],
      }) as Error,
    );
    model.close();
  });

  test('that is a hole in the list is refused, and so is a row without a list around it', async () => {
    const model = await openTiny(tinyModel());
    const holed: (typeof ROWS)[number][] = [];
    holed[1] = ROWS[0]!;
    expect(() => model.predict(holed)).toThrow(
      expect.objectContaining({
        code: 'ROW_INVALID',
        message: 'rows[0]: Input should be a valid dictionary or object to extract fields from',
      }) as Error,
    );
    expect(() => model.predict(ROWS[0] as never)).toThrow(
      expect.objectContaining({
        code: 'ROW_INVALID',
        message: 'predict takes a list of rows: write predict([row])',
      }) as Error,
    );
    model.close();
  });

  test('of thousands that are refused: the first hundred are named', async () => {
    const model = await openTiny(tinyClassifier());
    const rows = Array.from({ length: 5_000 }, () => ({ tenure: 'long' }));
    expect(() => model.predict(rows)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('4999 more rows') as string,
        issues: expect.objectContaining({ length: 100 }) as unknown,
      }) as Error,
    );
    model.close();
  });

  test('without an answer costs only itself', async () => {
    const model = await openTiny(tinyLinear());
    const answers = model.predict([{ x: 2 }, { x: 1e308 }, { x: -1 }]);
    expect(answers.map((answer) => answer?.prediction ?? null)).toEqual([9, null, -3]);
    model.close();
  });

  test('with a field of another model is taken, unless that is forbidden', async () => {
    const path = join(directory, 'strict.thicket');
    await writePackage(path, tinyLinear());
    const strict = await openModel(path, { extraFields: 'forbid' });
    expect(() => strict.predict([{ x: 2, y: 1 }])).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ loc: ['rows', 0, 'y'] })],
      }) as Error,
    );
    strict.close();
    const model = await openModel(path);
    expect(model.predict([{ x: 2, y: 1 }])).toHaveLength(1);
    model.close();
  });
});
