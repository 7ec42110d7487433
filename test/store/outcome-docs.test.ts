import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { OutcomeWriter } from '../../src/store/outcomes/outcome-writer.ts';
import type { Store } from '../../src/store/store.ts';
import { draft } from '../support/outcomes.ts';
import {
  quietLog,
  startPostgres,
  startStore,
  COMMIT_MS_MAX,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';

const DOCUMENT = readFileSync('docs/outcomes.md', 'utf8');
const QUERIES = Array.from(DOCUMENT.matchAll(/```sql\n(.*?)```/gs), ([, query]) => query!);

let postgres: TestPostgres;
let store: Store;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
  const writer = new OutcomeWriter({
    store,
    log: quietLog,
    rowsMax: 10,
    deadlineMs: COMMIT_MS_MAX,
  });
  await writer.start();
  const churn = draft(0, {
    modelName: 'churn',
    prediction: null,
    label: 'leaves',
    probabilities: JSON.stringify([
      { output: 0, label: 1, probability: 0.25 },
      { output: 0, label: 'leaves', probability: 0.75 },
    ]),
    scores: '{"decision_function":[0.5]}',
  });
  await writer.write([churn], 'stored');
  await writer.stop();
}, STORE_READY_MS_MAX);
afterAll(async () => {
  await store.stop();
  await postgres.stop();
});

/** One row of each query of the document, without its id. */
const FIRST_ROWS = [
  { probability: 0.75 },
  { output: 0, label: '1', probability: 0.25 },
  { jsonb_path_query_first: 0.25 },
  { float8: 0.5 },
  { model_name: 'churn', model_digest: 'd'.repeat(64), count: 1, avg: null },
];

test('the document has a query for each of these rows', () => {
  expect(QUERIES).toHaveLength(FIRST_ROWS.length);
});

test.each(QUERIES.map((query, at) => ({ query, row: FIRST_ROWS[at] })))(
  'the document’s query gives its row: $query',
  async ({ query, row }) => {
    const [first] = await store.query((sql) => sql.unsafe(query));
    expect(first).toMatchObject(row!);
  },
);

test('the document lists the columns of the table', async () => {
  const columns = await store.query(
    (sql) => sql<{ name: string }[]>`select attname as name from pg_attribute
      where attrelid = 'predictions'::regclass and attnum > 0 and not attisdropped`,
  );
  const [, table = ''] = DOCUMENT.split('## ');
  const cells = Array.from(table.matchAll(/^\| (`.*?`) +\|/gm), ([, cell]) => cell!);
  const listed = cells.flatMap((cell) => cell.replaceAll('`', '').split(', '));
  expect(new Set(listed)).toEqual(new Set(columns.map(({ name }) => name)));
});
