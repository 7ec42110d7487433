import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ValidRow } from '../../../src/core/rows.ts';
import { loadAddon } from '../../../src/forest/load.ts';
import { loadModel } from '../../../src/import/load-model.ts';
import { answerOf, applyHead } from '../../../src/model/head.ts';
import type { Model } from '../../../src/model/model.ts';
import { readPackage, writePackage } from '../../../src/model/package.ts';
import { compilePlan } from '../../../src/model/plan.ts';
import { createLiveModel, type LiveModel } from '../../../src/registry/live-model.ts';
import { allocateRows } from '../../../src/schema/encode.ts';
import {
  modelPath,
  rowFor,
  type SklearnFixture,
  sklearnFixtures,
} from '../../support/sklearn-fixtures.ts';

const addon = loadAddon();

const directory = mkdtempSync(join(tmpdir(), 'thicket-parity-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The model after all that happens to one: imported, proved, written to a package, read again. */
async function throughPackage(fixture: SklearnFixture): Promise<Model> {
  const packed = join(directory, `${fixture.file}.thicket`);
  await writePackage(packed, await loadModel(modelPath(fixture)));
  return readPackage(packed);
}

/** The product's own way, from the row as a client sends it to the raw scores. */
function scored(fixture: SklearnFixture, model: Model, live: LiveModel, rowsEach: number) {
  const valid = fixture.inputs.map((row) => validate(fixture, model, live, row));
  const raw = new Float64Array(valid.length * live.rawWidth);
  for (let first = 0; first < valid.length; first += rowsEach) {
    const rows = valid.slice(first, first + rowsEach);
    const encoded = allocateRows(live.schema.slots, rows.length);
    rows.forEach((row, at) => live.encode(row, at, encoded));
    const [start, end] = [first, first + rows.length].map((row) => row * live.rawWidth);
    live.scoreRows(rows.length, encoded, raw.subarray(start, end));
  }
  return raw;
}

function validate(
  fixture: SklearnFixture,
  model: Model,
  live: LiveModel,
  row: SklearnFixture['inputs'][number],
): ValidRow {
  const values = rowFor(fixture, model, row);
  return live.validate(
    Object.fromEntries(model.fields.map((field, at) => [field.name, values[at]])),
  );
}

describe.each(sklearnFixtures())('$file', (fixture) => {
  let model: Model;
  let live: LiveModel;

  beforeAll(async () => {
    model = await throughPackage(fixture);
    live = createLiveModel(model, { addon, extraFields: 'ignore' });
  });
  afterAll(() => live.close());

  const expected = (): Float64Array => Float64Array.from(fixture.raw.flat());

  test('the kernel gives scikit-learn’s raw scores bit for bit, in one batch and row by row', () => {
    expect(scored(fixture, model, live, fixture.inputs.length)).toStrictEqual(expected());
    expect(scored(fixture, model, live, 1)).toStrictEqual(expected());
  });

  test('the reference gives the same', () => {
    const plan = compilePlan(model);
    const encoded = allocateRows(live.schema.slots, fixture.inputs.length);
    fixture.inputs.forEach((row, at) =>
      live.encode(validate(fixture, model, live, row), at, encoded),
    );
    const raw = new Float64Array(expected().length);
    const { numbers, codes } = encoded;
    addon.scoreReference(plan.forest, fixture.inputs.length, numbers, codes, raw);
    expect(raw).toStrictEqual(expected());
  });

  test('predictions and probabilities are the library’s, bit for bit', () => {
    const outputs = scored(fixture, model, live, fixture.inputs.length);
    applyHead(live.head, outputs, outputs);
    const answers = fixture.inputs.map((_, row) =>
      answerOf(live.head, outputs, live.rawWidth, row),
    );
    expect(answers.map(({ predictions }) => predictions)).toStrictEqual(
      fixture.predictions.map((prediction) => [prediction].flat()),
    );
    expect(answers.map(({ probabilities }) => probabilities)).toStrictEqual(
      fixture.probabilities ?? fixture.inputs.map(() => null),
    );
  });

  test('a row for which the library raises is refused', () => {
    for (const { row, error } of fixture.raises) {
      expect(() => validate(fixture, model, live, row), error).toThrow(
        expect.objectContaining({ code: 'ROW_INVALID' }),
      );
    }
  });
});

test('the fixtures hold what parity must be proved on', () => {
  const fixtures = sklearnFixtures();
  const has = (holds: (fixture: SklearnFixture) => boolean): number =>
    fixtures.filter(holds).length;
  expect(fixtures.length).toBeGreaterThanOrEqual(11);
  expect(has(({ inputs }) => inputs.flat().includes(null))).toBeGreaterThan(0);
  expect(has(({ raises }) => raises.some(({ row }) => row.includes('inf')))).toBeGreaterThan(0);
  expect(has(({ file }) => file.startsWith('neighbours'))).toBe(1);
  expect(
    has(({ raises }) => raises.some(({ error }) => error.includes('unknown'))),
  ).toBeGreaterThan(0);
});

afterAll(() => expect(addon.liveForests()).toBe(0));
