import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { withGolden } from '../../src/import/load-model.ts';
import { packageDigest, writePackage } from '../../src/model/package/package.ts';
import { parseConfig } from '../../src/ops/config.ts';
import { type SourcedModel, wantedModels } from '../../src/registry/model-source.ts';
import { exampleModel } from '../../src/wire/example.ts';
import { tinyModel } from '../support/tiny-model.ts';

const EXAMPLE = 'examples/superstore/model.joblib';
const directory = mkdtempSync(join(tmpdir(), 'thicket-source-'));
const packaged = join(directory, 'margin.thicket');

beforeAll(() => writePackage(packaged, withGolden(tinyModel({ name: 'its own' }))));
afterAll(() => rmSync(directory, { recursive: true }));

async function sourced(environment: Record<string, string>): Promise<SourcedModel> {
  const [wanted] = wantedModels(parseConfig(environment));
  return wanted!.source();
}

test('a package is known by its digest, and keeps its own name', async () => {
  const { model, digest, uri, fallbackReason } = await sourced({ MODEL_PATH: packaged });
  expect(digest).toBe(await packageDigest(packaged));
  expect({ name: model.metadata.name, uri, fallbackReason }).toEqual({
    name: 'its own',
    uri: packaged,
    fallbackReason: null,
  });
});

test('another library’s file is known by the digest of the file', async () => {
  const { digest, model } = await sourced({ MODEL_PATH: EXAMPLE });
  expect(digest).toBe(createHash('sha256').update(readFileSync(EXAMPLE)).digest('hex'));
  expect(model.metadata.sourceDigest).toBe(digest);
});

test('THICKET_MODELS gives a model its name, by path or by address', async () => {
  for (const uri of [packaged, pathToFileURL(packaged).href]) {
    const named = await sourced({ THICKET_MODELS: `margin=${uri}`, MODEL_PATH: 'not read' });
    expect(named).toMatchObject({ uri, model: { metadata: { name: 'margin', version: '7' } } });
    expect(named.digest).toBe(await packageDigest(packaged));
  }
});

test('an address that cannot be read yet is refused', async () => {
  await expect(sourced({ THICKET_MODELS: 'margin=mlflow:/m/1' })).rejects.toMatchObject({
    code: 'MODEL_UNAVAILABLE',
    message: expect.stringContaining('the model is at a mlflow: address'),
  });
});

const told = { MODEL_NAME: 'told', MODEL_VERSION: '9', TARGET_NAME: 'margin' };

test.each([
  {
    what: 'a model file says nothing: the name is that of the file',
    environment: { MODEL_PATH: EXAMPLE },
    found: { name: 'model', version: '1', target: 'target' },
  },
  {
    what: 'a package says what it is',
    environment: { MODEL_PATH: packaged },
    found: { name: 'its own', version: '7', target: 'profit_margin' },
  },
  {
    what: 'the operator’s word is taken for a model file',
    environment: { MODEL_PATH: EXAMPLE, ...told },
    found: { name: 'told', version: '9', target: 'margin' },
  },
  {
    what: 'the operator’s word stands above that of a package',
    environment: { MODEL_PATH: packaged, ...told },
    found: { name: 'told', version: '9', target: 'margin' },
  },
])('$what', async ({ environment, found }) => {
  const { model } = await sourced(environment);
  expect(model.metadata).toMatchObject(found);
});

test('the example has the name and the target of the service that it replaces', async () => {
  const { model } = await exampleModel();
  expect(model.metadata).toMatchObject({ name: 'rf_profit_margin', target: 'profit_margin' });
});
