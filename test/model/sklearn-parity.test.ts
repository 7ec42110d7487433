import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FieldValue, RawRow } from '../../src/core/rows.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { withGolden } from '../../src/import/load-model.ts';
import { importModel } from '../../src/import/open.ts';
import { buildVerifiedForest } from '../../src/model/build.ts';
import { type Answer, answerOf, applyHead } from '../../src/model/head.ts';
import type { Model } from '../../src/model/model.ts';
import { readPackage, writePackage } from '../../src/model/package.ts';
import { compilePlan } from '../../src/model/plan.ts';
import { allocateRows, compileEncoder } from '../../src/schema/encode.ts';
import { compileValidator } from '../../src/schema/validate.ts';

const FIXTURES = fileURLToPath(new URL('../parity/sklearn/fixtures/', import.meta.url));
const addon = loadAddon();

interface Fixture {
  readonly file: string;
  readonly fields: readonly string[] | null;
  readonly inputs: readonly (readonly FieldValue[])[];
  readonly raw: readonly (readonly number[])[];
  readonly predictions: readonly (FieldValue | readonly FieldValue[])[];
  readonly probabilities: readonly (readonly (readonly number[])[])[] | null;
  readonly raises: readonly { readonly row: readonly FieldValue[]; readonly error: string }[];
}

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'thicket-parity-'))));
afterAll(() => rmSync(directory, { recursive: true }));

/** The model after all that happens to one: imported, proved, written to a package, read again. */
async function throughPackage(file: string): Promise<Model> {
  const packed = join(directory, `${file}.thicket`);
  await writePackage(packed, withGolden(await importModel(join(FIXTURES, file))));
  return readPackage(packed);
}

const INFINITIES = new Map<FieldValue, number>([
  ['inf', Infinity],
  ['-inf', -Infinity],
]);

/** A fixture's row as a client sends it; JSON has no infinity, so the fixture has words. */
function bodyOf(
  { fields }: Model,
  columns: readonly string[] | null,
  row: readonly FieldValue[],
): RawRow {
  const names = columns ?? row.map((_, at) => fields[at]!.name);
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const value = (name: string, sent: FieldValue): FieldValue =>
    types.get(name) === 'number' ? (INFINITIES.get(sent) ?? sent) : sent;
  return Object.fromEntries(names.map((name, at) => [name, value(name, row[at]!)]));
}

function answersTo(
  model: Model,
  rows: readonly RawRow[],
): { raw: Float64Array; answers: Answer[] } {
  const plan = compilePlan(model);
  const validate = compileValidator(plan.rows, { extraFields: 'ignore' });
  const encode = compileEncoder(plan.rows.slots);
  const encoded = allocateRows(plan.rows.slots, rows.length);
  rows.forEach((row, at) => encode(validate(row), at, encoded));
  const raw = new Float64Array(rows.length * plan.rawWidth);
  const handle = buildVerifiedForest(model, plan, addon);
  addon.scoreRows(handle, rows.length, encoded.numbers, encoded.codes, raw);
  addon.releaseForest(handle);
  const outputs = new Float64Array(raw.length);
  applyHead(model.head, raw, outputs);
  const answers = rows.map((_, at) => answerOf(model.head, outputs, plan.rawWidth, at));
  return { raw, answers };
}

const fixtures = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name,
    fixture: JSON.parse(readFileSync(join(FIXTURES, name), 'utf8')) as Fixture,
  }));

test('there are fixtures to look at', () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(11);
});

test.each(fixtures)('$name: the numbers of scikit-learn, bit for bit', async ({ fixture }) => {
  const model = await throughPackage(fixture.file);
  const rows = fixture.inputs.map((row) => bodyOf(model, fixture.fields, row));
  const { raw, answers } = answersTo(model, rows);
  expect([...raw]).toEqual(fixture.raw.flat());
  expect(answers.map(({ predictions }) => predictions)).toEqual(
    fixture.predictions.map((each) => (Array.isArray(each) ? each : [each])),
  );
  expect(answers.map(({ probabilities }) => probabilities)).toEqual(
    fixture.probabilities ?? answers.map(() => null),
  );
});

test.each(fixtures.filter(({ fixture }) => fixture.raises.length > 0))(
  '$name: the rows for which scikit-learn raises are refused',
  async ({ fixture }) => {
    const model = await throughPackage(fixture.file);
    const validate = compileValidator(compilePlan(model).rows, { extraFields: 'ignore' });
    for (const { row, error } of fixture.raises) {
      expect(() => validate(bodyOf(model, fixture.fields, row)), error).toThrow(
        expect.objectContaining({ code: 'ROW_INVALID' }),
      );
    }
  },
);
