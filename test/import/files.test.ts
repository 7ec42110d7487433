import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import { importModel } from '../../src/import/load-model.ts';
import { NumpyArray } from '../../src/import/python/pickle/array.ts';
import { NumpyType } from '../../src/import/python/pickle/dtype.ts';
import { type PickleValue, kindOf } from '../../src/import/python/pickle/values.ts';
import type { Model } from '../../src/model/model.ts';

// One small model as people save it (fixtures/make-files.py): what is read must not depend on how.
const FIXTURES = join('test', 'import', 'fixtures');

/** Everything of a model that a prediction depends on. */
async function parts(file: string, key?: string): Promise<Partial<Model>> {
  const options = key === undefined ? {} : { key };
  const { metadata: _, golden: __, ...rest } = await importModel(join(FIXTURES, file), options);
  return rest;
}

async function refusal(file: string, key?: string): Promise<string> {
  const error: unknown = await parts(file, key).catch((reason: unknown) => reason);
  if (error instanceof ThicketError && error.code === 'MODEL_REFUSED') return error.message;
  throw error instanceof Error ? error : new Error(`${file} was taken`);
}

describe('the same model comes out of', () => {
  test.each([
    ...[0, 1, 2, 3, 4, 5].map((protocol) => `protocol-${protocol}.pkl`),
    'gzip.pkl.gz',
    'plain.joblib',
    ...['zlib', 'gzip', 'bz2', 'lzma', 'xz', 'lz4'].map((name) => `${name}.joblib`),
    'search.pkl',
    'search-dict.pkl',
    'dict.pkl',
    'tuple.joblib',
  ])('%s', async (file) => {
    expect(await parts(`new/${file}`)).toStrictEqual(await parts('new/plain.pkl'));
  });

  test.each([
    ['tree.skops', 'tree.pkl'],
    ['mixed.skops', 'mixed.pkl'],
    ['carried.joblib', 'carried.pkl'],
    ['carried-lambda.pkl', 'carried.pkl'],
  ])('%s and %s', async (one, other) => {
    expect(await parts(`new/${one}`)).toStrictEqual(await parts(`new/${other}`));
  });

  test.each(['separate.pkl', 'zfile.pkl', 'zfiles.pkl'])(
    '%s of joblib before 0.10, with arrays in files beside it',
    async (file) => {
      expect(await parts(`old/${file}`)).toStrictEqual(await parts('old/plain.pkl'));
    },
  );

  test.each(['protocol-0.pkl', ...[0, 1, 2].map((protocol) => `c-protocol-${protocol}.pkl`)])(
    '%s of Python 2',
    async (file) => {
      expect(await parts(`python2/${file}`)).toStrictEqual(await parts('python2/plain.pkl'));
    },
  );
});
test('labels of Python 2, which are bytes, are texts', async () => {
  const { answer } = await parts('python2/labels.pkl');
  expect(answer!.outputs[0]).toMatchObject({ kind: 'class', labels: ['no', 'yes'] });
});

describe('where a file holds more than a model', () => {
  test.each([
    ['models.all', 'plain.pkl'],
    ['models.first.20', 'step-beside.pkl'],
  ])('--key %s chooses, with dots inside of keys too', async (key, file) => {
    const same = await parts(`new/${file}`, file === 'plain.pkl' ? undefined : 'model');
    expect(await parts('new/several.pkl', key)).toStrictEqual(same);
  });

  test.each([
    ['service.pkl', 'model'],
    ['tuple.joblib', '1.best'],
    ['search.pkl', 'best_estimator_'],
    ['dict.pkl', 'model'],
  ])('%s with --key %s goes through attributes, lists and dictionaries', async (file, key) => {
    expect(await parts(`new/${file}`, key)).toStrictEqual(await parts('new/plain.pkl'));
  });

  test.each([
    [
      'several.pkl',
      undefined,
      /^The file holds 2 models \(models\.all: a sklearn\.pipeline\.Pipeline, models\.first\.20: .*\): say which one with --key, for example --key models\.all\.$/,
    ],
    [
      'several.pkl',
      'models.none',
      /^models has no "none", which --key asks for: it has all, first\.20\.$/,
    ],
    [
      'several.pkl',
      'date.1',
      /^date has no "1", which --key asks for: it has nothing that a key could name\.$/,
    ],
    [
      'step-beside.pkl',
      undefined,
      /^The file holds a model \(model\) and steps beside it that it does not run itself \(scaler: a sklearn\.preprocessing\._data\.StandardScaler\): save one Pipeline of all of them, or say --key model if/,
    ],
    [
      'no-model.pkl',
      undefined,
      /^The file holds a dictionary that has no model in it \(encoder: a .*LabelEncoder, names: a list\): save the fitted model itself\.$/,
    ],
    [
      'plain.pkl',
      'steps',
      /^Pipeline\.steps holds a model \(steps\.1\.1\) and steps beside it .* \(steps\.0\.1: a .*StandardScaler\): .* say --key steps\.1\.1 if/,
    ],
    [
      'service.pkl',
      undefined,
      /^The file holds a __main__\.Service, whose code is no library's and is not in the file: it keeps model: a sklearn\.pipeline\.Pipeline; save that alone, or say --key model if/,
    ],
    [
      'search-without-refit.pkl',
      undefined,
      /^The GridSearchCV has no best_estimator_: .*refit=True/,
    ],
  ])('%s with --key %s is refused, and says what could be done', async (file, key, sentence) => {
    expect(await refusal(`new/${file}`, key)).toMatch(sentence);
  });
});

describe('code that is in a file is refused where a prediction depends on it', () => {
  test.each([
    ['own-step.pkl', /^Pipeline\.steps\[0\] is a __main__\.Ratio, which is not understood/],
    ['lambda-step.pkl', /^The FunctionTransformer at Pipeline\.steps\[0\] /],
  ])('%s', async (file, sentence) => {
    expect(await refusal(`new/${file}`)).toMatch(sentence);
  });
});

test.each([
  [new NumpyArray(), 'a numpy array'],
  [new NumpyType('f', 8), 'a numpy dtype'],
  [new Set<PickleValue>(), 'a set'],
  [Buffer.from('x'), 'bytes'],
])('a refusal calls things as Python does: %#', (value, words) => {
  expect(kindOf(value)).toBe(words);
});

test('a file whose arrays lie beside it names the one that is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thicket-beside-'));
  try {
    const path = join(folder, 'separate.pkl');
    copyFileSync(join(FIXTURES, 'old', 'separate.pkl'), path);
    await expect(importModel(path)).rejects.toThrow(
      'The file keeps an array in "separate.pkl_01.npy", which is not beside it: put it there, or ' +
        'save the model again with a newer joblib, which keeps everything in one file.',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a skops file that is compressed in a rare way says so', async () => {
  expect(await refusal('new/lzma.skops')).toBe(
    '"schema.json" is compressed in a way that is not understood: save it with ZIP_DEFLATED.',
  );
});
