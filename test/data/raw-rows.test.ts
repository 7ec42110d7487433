import { afterAll, beforeAll, expect, test } from 'vitest';

import { SUPERSTORE } from '../support/superstore.ts';
import { countRawRows, RawRows } from '../../src/data/raw-rows.ts';
import { parseFormula } from '../../src/formula/parse.ts';
import type { Store } from '../../src/store/store.ts';
import {
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';

let postgres: TestPostgres;
let store: Store;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
  await store.query(
    (sql) => sql`insert into raw_superstore (id, city, sales, quantity) values
      (7, 'Zürich', 0.1, 3), (9, null, null, null)`,
  );
}, STORE_READY_MS_MAX);

afterAll(async () => {
  await store?.stop();
  await postgres?.stop();
});

test('rows come by id: those that are there, with the fields of the model alone', async () => {
  const rawRows = new RawRows(store, SUPERSTORE, [
    { name: 'quantity', type: 'number' },
    { name: 'city', type: 'text' },
    { name: 'no such column', type: 'text' },
    { name: 'sales', type: 'number' },
    { name: 'discount', type: 'number' },
  ]);
  const rows = await rawRows.byIds([9, 7, 8, 7, 1.5, 1e300, -1]);
  expect(new Set(rows.keys())).toEqual(new Set([7, 9]));
  expect(rows.get(7)).toEqual([3, 'Zürich', undefined, 0.1, null]);
  expect(await rawRows.byIds([])).toEqual(new Map());
  expect((await rawRows.after(7, 10)).map(({ id }) => id)).toEqual([9]);
  expect(await countRawRows(store, SUPERSTORE)).toBe(2);
});

const valuesOf = async (rows: RawRows) => [...(await rows.byIds([7, 9])).values()];

test('a truth value is 1 or 0 where the model has a number, and stays one where it has a truth value', async () => {
  const many = parseFormula('quantity > 2', new Map([['quantity', 'number']]));
  const dataset = { ...SUPERSTORE, processed: [{ name: 'many', formula: many }] };
  const asNumber = new RawRows(store, dataset, [{ name: 'many', type: 'number' }]);
  const asTruth = new RawRows(store, dataset, [{ name: 'many', type: 'boolean' }]);
  expect(await valuesOf(asNumber)).toEqual([[1], [null]]);
  expect(await valuesOf(asTruth)).toEqual([[true], [null]]);
});
