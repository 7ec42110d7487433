import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { Client } from '../../src/store/client.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { ensurePartitions } from '../../src/store/partitions.ts';
import type { Store } from '../../src/store/store.ts';
import { transact } from '../../src/store/transactions.ts';
import {
  quietLog,
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';

/** The migration that gives stored answers one shape. */
const MIGRATION = '0004_outcomes_of_one_shape.sql';
/** Before every day partition: such a row is in the default one. */
const LONG_AGO = '2001-02-03T04:05:06.000Z';

/** Answers as they were stored, and as they are after the migration. */
const ANSWERS = [
  {
    name: 'one number',
    old: { prediction: 0.1, label: null, probabilities: null },
    now: { prediction: 0.1, label: null, outputs: null, probabilities: null, scores: null },
  },
  {
    name: 'one class without more',
    old: { prediction: null, label: 'stays', probabilities: null },
    now: { prediction: null, label: 'stays', outputs: null, probabilities: null, scores: null },
  },
  {
    name: 'classes with texts for labels',
    old: {
      prediction: null,
      label: 'leaves',
      probabilities: { stays: 0.1, leaves: 0.30000000000000004, '1': 1e-300 },
    },
    now: {
      label: 'leaves',
      outputs: null,
      probabilities: [
        { output: 0, label: '1', probability: 1e-300 },
        { output: 0, label: 'stays', probability: 0.1 },
        { output: 0, label: 'leaves', probability: 0.30000000000000004 },
      ],
      scores: null,
    },
  },
  {
    name: 'classes with numbers for labels',
    old: {
      prediction: 1,
      label: '1',
      probabilities: { '0': 0.25, '1': 0.75, '-2.5': 0, '1e+21': 0 },
    },
    now: {
      prediction: 1,
      label: '1',
      probabilities: [
        { output: 0, label: 0, probability: 0.25 },
        { output: 0, label: 1, probability: 0.75 },
        { output: 0, label: -2.5, probability: 0 },
        { output: 0, label: 1e21, probability: 0 },
      ],
    },
  },
  {
    name: 'classes with the words of the other shapes for labels',
    old: {
      prediction: null,
      label: 'scores',
      probabilities: { scores: 0.5, predictions: 0.25, probabilities: 0.25 },
    },
    now: {
      label: 'scores',
      outputs: null,
      probabilities: [
        { output: 0, label: 'scores', probability: 0.5 },
        { output: 0, label: 'predictions', probability: 0.25 },
        { output: 0, label: 'probabilities', probability: 0.25 },
      ],
      scores: null,
    },
  },
  {
    name: 'scores instead of probabilities',
    old: {
      prediction: -1,
      label: '-1',
      probabilities: { scores: { decision_function: [0.25], votes: [0, 1] } },
    },
    now: {
      prediction: -1,
      label: '-1',
      outputs: null,
      probabilities: null,
      scores: { decision_function: [0.25], votes: [0, 1] },
    },
  },
  {
    name: 'several numbers',
    old: { prediction: null, label: null, probabilities: [1.5, -2] },
    now: { prediction: null, label: null, outputs: [1.5, -2], probabilities: null, scores: null },
  },
  {
    name: 'several classes without probabilities',
    old: { prediction: null, label: null, probabilities: ['a', 1, true] },
    now: { outputs: ['a', 1, true], probabilities: null, scores: null },
  },
  {
    name: 'several classes with probabilities',
    old: {
      prediction: null,
      label: null,
      probabilities: {
        predictions: ['a', 1, true],
        probabilities: [
          { a: 0.75, '1': 0.25 },
          { '0': 0.5, '1': 0.5 },
          { true: 1, false: 0 },
        ],
      },
    },
    now: {
      prediction: null,
      label: null,
      outputs: ['a', 1, true],
      probabilities: [
        { output: 0, label: '1', probability: 0.25 },
        { output: 0, label: 'a', probability: 0.75 },
        { output: 1, label: 0, probability: 0.5 },
        { output: 1, label: 1, probability: 0.5 },
        { output: 2, label: true, probability: 1 },
        { output: 2, label: false, probability: 0 },
      ],
      scores: null,
    },
  },
];

let postgres: TestPostgres;
let server: Store;
let databases = 0;
/** Of a database as the migrations before leave it, with every answer in two partitions. */
let url: string;

beforeAll(async () => {
  postgres = await startPostgres();
  server = await startStore(postgres.url);
}, STORE_READY_MS_MAX);
afterAll(async () => {
  await server.stop();
  await postgres.stop();
});

beforeEach(async () => {
  const name = `old_${++databases}`;
  await server.query((sql) => sql`create database ${sql(name)}`);
  const address = new URL(postgres.url);
  address.pathname = name;
  url = address.href;
  const client = new Client({ url, max: 1, log: quietLog });
  const before = readMigrations().filter((each) => each.name < MIGRATION);
  await transact(client, async (tx) => {
    await migrate(tx, before);
    await ensurePartitions(tx);
    for (const createdAt of [LONG_AGO, new Date().toISOString()]) {
      for (const { name: modelName, old } of ANSWERS)
        await insertOld(tx, createdAt, modelName, old);
    }
  });
  await client.end();
});

function insertOld(
  tx: Client['sql'],
  createdAt: string,
  modelName: string,
  { prediction, label, probabilities }: (typeof ANSWERS)[number]['old'],
): Promise<unknown> {
  const json = probabilities === null ? null : JSON.stringify(probabilities);
  return tx`insert into predictions
    (model_name, model_version, target, prediction, label, probabilities, created_at)
    values (${modelName}, '1', 't', ${prediction}, ${label}, ${json}::text::jsonb, ${createdAt})`;
}

test('answers of every old shape move to the new one, in every partition', async () => {
  const store = await startStore(url);
  const rows = await store.query((sql) => sql`select * from predictions order by created_at, id`);
  expect(rows).toHaveLength(2 * ANSWERS.length);
  for (const [at, row] of rows.entries()) {
    const { name, now } = ANSWERS[at % ANSWERS.length]!;
    expect(row).toMatchObject(now);
    expect(row).toMatchObject({ model_name: name, model_digest: null });
  }
  const [partitions] = await store.query(
    (sql) => sql`select count(distinct tableoid)::int as used from predictions`,
  );
  expect(partitions!['used']).toBe(2);
  await store.stop();
});

test('two instances that start at once move them once', async () => {
  const stores = await Promise.all([startStore(url), startStore(url)]);
  for (const store of stores) {
    const rows = await store.query(
      (sql) => sql`select outputs, probabilities from predictions where model_name like 'several%'
        order by created_at, id`,
    );
    expect(rows).toHaveLength(6);
    expect(rows[2]).toMatchObject({ outputs: ['a', 1, true] });
    expect(rows[2]!['probabilities']).toHaveLength(6);
    await store.stop();
  }
});
