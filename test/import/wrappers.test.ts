import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadAddon } from '../../src/forest/load.ts';
import { loadModel } from '../../src/import/load-model.ts';
import { type LiveModel, createLiveModel } from '../../src/live/live-model.ts';

// A PMMLPipeline with a DataFrameMapper and domains, and what the libraries themselves answered
// (fixtures/make-files.py).
const FIXTURE = join('test', 'import', 'fixtures', 'wrapped', 'wrapped');
type Row = Readonly<Record<string, string | number>>;
const { rows, predictions, raising } = JSON.parse(readFileSync(`${FIXTURE}.json`, 'utf8')) as {
  rows: readonly Row[];
  predictions: readonly number[];
  raising: readonly Row[];
};

let live: LiveModel;
beforeAll(async () => {
  const model = await loadModel(`${FIXTURE}.pkl`);
  live = createLiveModel(model, { addon: loadAddon(), extraFields: 'ignore' });
});
afterAll(() => live.close());

test('mappers and domains give what the libraries give, to the last bit', () => {
  const valid = rows.map((row) => live.validate(row));
  expect(live.answer(valid).map((answer) => answer!.predictions[0])).toStrictEqual(predictions);
});

test('fields are the columns that the mapper names, with the ranges of their domains', () => {
  const { fields } = live.schema;
  expect(fields.map(({ name, type }) => [name, type])).toStrictEqual([
    ['weight', 'number'],
    ['size', 'number'],
    ['kind', 'text'],
    ['count', 'number'],
  ]);
  const weights = rows.map((row) => Number(row['weight']));
  expect(fields[0]).toMatchObject({ minimum: Math.min(...weights), maximum: Math.max(...weights) });
});

test.each(raising.map((row) => [JSON.stringify(row), row] as const))(
  'the row %s, for which a domain raises, is refused',
  (_, row) => {
    expect(() => live.validate(row)).toThrow(expect.objectContaining({ code: 'ROW_INVALID' }));
  },
);
