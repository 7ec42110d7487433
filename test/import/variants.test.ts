import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import { importModel } from '../../src/import/load-model.ts';
import type { Model } from '../../src/model/model.ts';

// One small model as other machines and other habits leave it (fixtures/make-variants.py).
const FIXTURES = join('test', 'import', 'fixtures', 'variants');

/** Everything of a model that a prediction depends on. */
async function parts(file: string, key?: string): Promise<Partial<Model>> {
  const { metadata: _, golden: __, ...rest } = await importModel(join(FIXTURES, file), { key });
  return rest;
}

async function refusal(file: string, key?: string): Promise<string> {
  const error: unknown = await parts(file, key).catch((reason: unknown) => reason);
  if (error instanceof ThicketError && error.code === 'MODEL_REFUSED') return error.message;
  throw error instanceof Error ? error : new Error(`${file} was taken`);
}

describe.each(['pipeline', 'boosted', 'hist'])(
  '%s, as plain pickle has it, comes out of',
  (key) => {
    test.each([
      ['narrow.pkl', 'nodes with positions and counts of 32 bits'],
      ['big-endian.pkl', 'a pickle of a machine of the other byte order'],
      ['big-endian.joblib', 'a joblib file of a machine of the other byte order'],
      ['dill.pkl', 'a file of dill'],
      ['dill-0.pkl', 'a file of dill in protocol 0'],
      ['dill-2.pkl', 'a file of dill in protocol 2'],
    ])('%s: %s', async (file) => {
      expect(await parts(file, key)).toStrictEqual(await parts('three.pkl', key));
    });
  },
);

test.each(['0.2.7.1', '0.3.3'])('dill %s writes names of its own', async (version) => {
  const folder = join('..', 'dill');
  expect(await parts(join(folder, `${version}.pkl`))).toStrictEqual(
    await parts(join(folder, `${version}-plain.pkl`)),
  );
});

describe('two dumps into one file are a list of two objects', () => {
  const scaler = 'a sklearn\\.preprocessing\\._data\\.StandardScaler';

  test.each<[string, number, number]>([
    ['model-scaler.pkl', 0, 1],
    ['scaler-model.pkl', 1, 0],
    ['model-scaler-0.pkl', 0, 1],
    ['model-score-scaler-0.pkl', 0, 2],
    ['model-scaler.joblib', 0, 1],
    ...['zlib', 'gzip', 'bz2', 'lzma', 'xz'].map((name): [string, number, number] => [
      `model-scaler-${name}.joblib`,
      0,
      1,
    ]),
  ])('%s is refused for the scaler that it does not run', async (file, model, step) => {
    const sentence =
      `^The file holds a model \\(${model}\\) and steps beside it that it does not run itself ` +
      `\\(${step}: ${scaler}\\): save one Pipeline of all of them, or say --key ${model} if the rows ` +
      'that are sent have gone through them already\\.$';
    expect(await refusal(file)).toMatch(new RegExp(sentence));
    expect(await parts(file, String(model))).toStrictEqual(await parts('bare.pkl'));
  });

  test('names and figures beside the model do nothing to a row', async () => {
    expect(await parts('model-names.pkl')).toStrictEqual(await parts('bare.pkl'));
  });

  test('of two models the caller chooses', async () => {
    expect(await refusal('model-twice.pkl')).toMatch(
      /^The file holds 2 models \(0: .*Regressor, 1: .*Pipeline\): say which one with --key, for example --key 0\.$/,
    );
    expect(await parts('model-twice.pkl', '1')).toStrictEqual(await parts('plain.pkl'));
  });

  test('padding is nothing', async () => {
    expect(await parts('model-padded.pkl')).toStrictEqual(await parts('bare.pkl'));
  });

  test.each(['model-cut.pkl', 'model-rest.pkl'])(
    '%s: what cannot be read is said',
    async (file) => {
      expect(await refusal(file)).toMatch(
        /^The file goes on at byte \d+ behind its first object, and that cannot be read \(.*\): save the model into a file of its own\.$/,
      );
    },
  );
});

describe('advice gives right answers', () => {
  test.each([
    [
      'a class of the author that keeps the trees itself',
      'own.pkl',
      '0',
      /^\[0\] is a __main__\.Forest, whose code is no library's.*model\.__class__ = /,
    ],
    [
      'a stack of the author, whose last stage alone is no answer',
      'own.pkl',
      '1',
      /^\[1\] is a __main__\.Stack, .*model\.__class__ = /,
    ],
    [
      'a service that keeps a scaler beside its model',
      'own.pkl',
      '2',
      /: it keeps model: a .*RandomForestRegressor, scaler: a .*StandardScaler; save one Pipeline of them, or say --key model if .* have gone through scaler already\.$/,
    ],
    [
      'a service of two models',
      'own.pkl',
      '3',
      /: it keeps day: .*, night: .*; save one model that answers a row alone\.$/,
    ],
    [
      'a service with a dictionary of models',
      'own.pkl',
      '4',
      /: it keeps models in models; save one model that answers a row alone\.$/,
    ],
    [
      'a template beside the model',
      'own.pkl',
      '5',
      /: it keeps model: a .*RandomForestRegressor; save that alone, or say --key model if the class does nothing else with a row\.$/,
    ],
    [
      'several models behind one scaler',
      'models-scaler.pkl',
      undefined,
      /--key day, if the rows that are sent have gone through scaler already\.$/,
    ],
    [
      'an encoder of labels, which no Pipeline runs',
      'label-encoder.pkl',
      undefined,
      /an encoder of labels beside it .* \(labels: a .*LabelEncoder\): train the model on the texts themselves/,
    ],
    [
      'a step of the author beside the model',
      'own-step.pkl',
      undefined,
      /steps beside it that it does not run itself \(prepare: a __main__\.Service\): save one Pipeline/,
    ],
    [
      'a function beside the model',
      'function.pkl',
      undefined,
      /steps beside it that it does not run itself \(prepare: a function\): save one Pipeline/,
    ],
    ['a model that was never trained', 'untrained.pkl', undefined, /it was saved untrained/],
  ])('for %s', async (_, file, key, sentence) => {
    expect(await refusal(file, key)).toMatch(sentence);
  });

  test.each(['0', '1', '3', '4'])(
    'own.pkl %s names no key that would answer wrongly',
    async (key) => {
      expect(await refusal('own.pkl', key)).not.toContain('--key');
    },
  );

  test('a template beside a trained model is not the model', async () => {
    expect(await parts('template.pkl')).toStrictEqual(await parts('bare.pkl'));
  });
});
