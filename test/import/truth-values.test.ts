import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import type { RawRow } from '../../src/core/rows.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { loadModel } from '../../src/import/load-model.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import { openModel } from '../../src/live/open-model.ts';
import type { Model } from '../../src/model/model.ts';
import { readPackage, writePackage } from '../../src/model/package/package.ts';
import { applySpec } from '../../src/model/spec.ts';

const FIXTURE = join('test', 'parity', 'sklearn', 'fixtures', 'trees', 'best-first', '1.9.1.pkl');
const folder = mkdtempSync(join(tmpdir(), 'thicket-truths-'));
afterAll(() => rmSync(folder, { recursive: true }));

function issuesOf(model: Model, row: RawRow): readonly string[] {
  const live = createLiveModel(model, { addon: loadAddon(), extraFields: 'ignore' });
  try {
    live.validate(row);
    return [];
  } catch (error) {
    if (!(error instanceof ThicketError)) throw error;
    return error.issues.map(({ loc, type }) => `${loc.at(-1)}: ${type}`);
  } finally {
    live.close();
  }
}

/** The fixture as an MLflow folder with that signature. */
async function modelWith(name: string, columns: readonly object[] | string): Promise<Model> {
  const place = join(folder, name);
  mkdirSync(place);
  copyFileSync(FIXTURE, join(place, 'model.pkl'));
  const text = typeof columns === 'string' ? columns : JSON.stringify(columns);
  // MLflow folds a long text over lines.
  const folded = text.replaceAll(', "name"', ',\n    "name"').replaceAll("'", "''");
  writeFileSync(
    join(place, 'MLmodel'),
    `flavors:\n  sklearn:\n    pickled_model: model.pkl\nsignature:\n  inputs: '${folded}'\n`,
  );
  return loadModel(place);
}

describe('a column that passes through, of whose type the file says nothing', () => {
  test('takes true and false for 1 and 0, as a table of pandas has them', async () => {
    const model = await openModel(FIXTURE);
    const [asNumbers, asTruths] = model.predict([
      { sales: 1, quantity: 0, discount: 1 },
      { sales: true, quantity: false, discount: true },
    ]);
    expect(asTruths).toStrictEqual(asNumbers);
    model.close();
  });

  test('does so as a package, too', async () => {
    const path = join(folder, 'truths.thicket');
    await writePackage(path, await loadModel(FIXTURE));
    const model = await readPackage(path);
    expect(issuesOf(model, { sales: true, quantity: 3, discount: 0 })).toEqual([]);
  });

  test('is a number and nothing else once a spec states its type or range', async () => {
    const model = applySpec(await loadModel(FIXTURE), {
      fields: [
        { name: 'sales', type: 'number' },
        { name: 'quantity', minimum: 0 },
        { name: 'discount', description: 'a share' },
      ],
    });
    expect(issuesOf(model, { sales: true, quantity: true, discount: true })).toEqual([
      'sales: float_type',
      'quantity: float_type',
    ]);
  });
});

describe('the signature of an MLflow model', () => {
  test('tells truth values, whole numbers and numbers apart', async () => {
    const model = await modelWith('named', [
      { type: 'boolean', name: 'discount', required: true },
      { type: 'long', name: 'quantity', required: true },
      { type: 'double', name: 'sales', required: true },
      { type: 'string', name: 'other', required: false },
    ]);
    expect(model.fields).toEqual([
      { name: 'sales', type: 'number' },
      { name: 'quantity', type: 'number', integer: true },
      { name: 'discount', type: 'boolean' },
    ]);
    expect(issuesOf(model, { sales: 1.5, quantity: 3, discount: true })).toEqual([]);
    expect(issuesOf(model, { sales: true, quantity: 2.5, discount: 1 })).toEqual([
      'sales: float_type',
      'quantity: int_from_float',
      'discount: bool_type',
    ]);
  });

  test('counts by position where its columns have no names', async () => {
    const types = ['integer', 'float', 'boolean'].map((type) => ({ type }));
    const { fields } = await modelWith('unnamed', types);
    expect(fields.map(({ type, integer }) => [type, integer])).toEqual([
      ['number', true],
      ['number', undefined],
      ['boolean', undefined],
    ]);
  });

  test.each([
    ['tensors', [{ type: 'tensor', 'tensor-spec': { dtype: 'float64', shape: [-1, 3] } }]],
    ['no JSON', 'sales, quantity'],
  ])('of %s states nothing', async (name, columns) => {
    const model = await modelWith(name, columns);
    expect(model.fields).toEqual((await loadModel(FIXTURE)).fields);
  });
});
