import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import type { FieldValue, ValidRow } from '../../src/core/rows.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { buildVerifiedForest, scoreByReference } from '../../src/model/build.ts';
import { makeGolden } from '../../src/model/golden.ts';
import type { Model } from '../../src/model/model.ts';
import { readPackage, writePackage } from '../../src/model/package.ts';
import { compilePlan } from '../../src/model/plan.ts';
import { allocateRows, compileEncoder } from '../../src/schema/encode.ts';
import { compileListValidator } from '../../src/schema/validate.ts';
import { scoreByRow } from './pipeline-by-row.ts';
import { randomModel } from './random-model.ts';
import { seededRandom } from './random.ts';

const MODELS = 300;
const ROWS = 60;
const addon = loadAddon();

const VALUES = {
  number: [0, -0, 1, 2.5, -3, 0.5, -1.5, 7, 1e30, -1e-30, null],
  text: ['a', 'b', 'c', 'd', 'e', '', null],
  boolean: [true, false, null],
} as const;

function randomRows(model: Model, seed: number): FieldValue[][] {
  const random = seededRandom(seed);
  return Array.from({ length: ROWS }, () =>
    model.fields.map(({ type }) => VALUES[type][Math.floor(random() * VALUES[type].length)]!),
  );
}

/** What the model answers to the row: null where it takes it not. */
function wanted(model: Model, row: readonly FieldValue[]): number | null {
  const [ensemble] = model.ensembles;
  if (ensemble!.missing === 'reject') {
    // The source raises on a missing value that reaches the trees, whether a node asks or not.
    const strict = { ...ensemble!, roots: Int32Array.of(), base: Float64Array.of(0) };
    if (missingReachesTrees({ ...model, ensembles: [strict] }, row)) return null;
  }
  try {
    return scoreByRow(model, row);
  } catch {
    return null;
  }
}

function missingReachesTrees(model: Model, row: readonly FieldValue[]): boolean {
  // A tree for each feature that tells a missing value from all others by its default child.
  return model.pipeline.features.some((_, feature) => {
    const [ensemble] = model.ensembles;
    const asks = {
      ...ensemble!,
      roots: Int32Array.of(0),
      feature: Uint32Array.of(feature),
      threshold: Float64Array.of(Infinity),
      left: Int32Array.of(~0),
      right: Int32Array.of(~1),
      missingLeft: Uint8Array.of(0),
      leafValues: Float64Array.of(0, 1),
      comparison: '<=' as const,
    };
    try {
      return scoreByRow({ ...model, ensembles: [asks] }, row) === 1;
    } catch {
      return true;
    }
  });
}

test(`${MODELS} random models answer ${ROWS} rows each as their pipelines do, or refuse where they raise`, () => {
  let [answered, refused] = [0, 0];
  for (let seed = 1; seed <= MODELS; seed++) {
    const model = randomModel(seed);
    const plan = compilePlan(model);
    const validate = compileListValidator(plan.rows);
    const encode = compileEncoder(plan.rows.slots);
    const valid: ValidRow[] = [];
    const expected: number[] = [];
    for (const row of randomRows(model, seed)) {
      const answer = wanted(model, row);
      try {
        valid.push(validate(row));
        expect(answer, `model ${seed} takes ${JSON.stringify(row)}`).not.toBeNull();
        expected.push(answer!);
      } catch (error) {
        if (!(error instanceof ThicketError)) throw error;
        expect(answer, `model ${seed} refuses ${JSON.stringify(row)}: ${error.message}`).toBeNull();
        refused++;
      }
    }
    const encoded = allocateRows(plan.rows.slots, valid.length);
    valid.forEach((row, at) => encode(row, at, encoded));
    const raw = new Float64Array(valid.length);
    const handle = addon.buildForest(plan.forest);
    addon.scoreRows(handle, valid.length, encoded.numbers, encoded.codes, raw);
    addon.releaseForest(handle);
    expect([...raw], `model ${seed}`).toEqual(expected);
    answered += expected.length;
  }
  expect(answered).toBeGreaterThan((MODELS * ROWS) / 5);
  expect(refused).toBeGreaterThan((MODELS * ROWS) / 20);
});

test('random models come back from a package with golden rows that they answer', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'thicket-any-'));
  try {
    for (let seed = 1; seed <= 40; seed++) {
      const model = randomModel(seed);
      const plan = compilePlan(model);
      const golden = makeGolden(model, plan, scoreByReference(addon, plan.forest));
      const file = join(directory, `${seed}.thicket`);
      await writePackage(file, { ...model, golden });
      const read = await readPackage(file);
      expect(read).toStrictEqual({ ...model, golden });
      addon.releaseForest(buildVerifiedForest(read, compilePlan(read), addon));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
