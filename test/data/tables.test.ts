import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Dataset } from '../../src/data/dataset.ts';
import { COLUMNS_MAX, NAME_BYTES_MAX } from '../../src/data/datasets/bounds.ts';
import { datasetOf } from '../../src/data/datasets/read.ts';
import { YamlFile } from '../../src/data/datasets/yaml-file.ts';
import { ingestCsv } from '../../src/data/ingest.ts';
import { processRows } from '../../src/data/process.ts';
import { countRawRows, RawRows } from '../../src/data/raw-rows.ts';
import { asRefusal, ensureTables } from '../../src/data/tables.ts';
import { copyLine, copyLines } from '../../src/store/copy.ts';
import { isOwnTable } from '../../src/store/own-tables.ts';
import type { Store } from '../../src/store/store.ts';
import {
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';
import { SUPERSTORE } from '../support/superstore.ts';

let postgres: TestPostgres;
let store: Store;
let directory: string;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
  directory = mkdtempSync(join(tmpdir(), 'thicket-tables-'));
}, STORE_READY_MS_MAX);

afterAll(async () => {
  await store?.stop();
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const dataset = (text: string): Dataset => datasetOf(new YamlFile('d.yaml', text));

function csv(text: string): string {
  const path = join(directory, 'table.csv');
  writeFileSync(path, text);
  return path;
}

const rowsOf = (table: string): Promise<readonly Record<string, unknown>[]> =>
  store.query((sql) => sql.unsafe(`select * from ${table} order by 1`));

describe('a dataset with every type and awkward names', () => {
  const awkward = dataset(String.raw`
name: awkward
raw_table: Raw "rows".of ü
processed_table: "select"
key: row number
columns:
  - { name: id, type: integer }
  - { name: 'a "b".c', type: number, headers: [Amount] }
  - { name: Größe; --, type: text }
  - { name: 'it''s', type: text, trim: false }
  - { name: paid, type: boolean }
  - { name: day, type: date }
  - { name: at, type: datetime }
  - { name: '%', type: number, required: false }
processed:
  - { name: 'double $1', formula: '${'`a "b".c`'} * 2' }
  - { name: 'big?', formula: '${'`a "b".c`'} > 1 and paid' }
  - { name: until, formula: day - 20000 }
  - { name: minutes, formula: at / 60 }
  - { name: shop, formula: "where(${'`Größe; --`'} == 'x', 'it''s', ${"`it''s`".replace("''", "'")})" }
fields:
  - { name: amount, column: 'a "b".c', default: 7 }
  - { name: '%', default: 5 }
  - { name: country, default: DE }
`);

  test('is ingested, processed and read by id', async () => {
    const file = csv(
      [
        'ID,Amount,grösse; --,größe,its,paid,day,at,more',
        '1,0.1,,  x\u00a0, y ,TRUE,2026-01-31,2026-01-31T12:00:00+02:00,z',
        '2,,,,,0,,2026-01-31 12:00:00.5,',
        '3,2,,a,b,maybe,,,',
        '4,2,,a,b,1,31.1.2026,,',
        '5,2,,a,b,1,,2026-01-31,',
        '',
      ].join('\n'),
    );
    const result = await ingestCsv(store, awkward, file);
    expect(result).toMatchObject({ rows: 2, ignored: ['grösse; --', 'more'] });
    expect(result.rejections.map(({ line, column }) => [line, column])).toEqual([
      [4, 'paid'],
      [5, 'day'],
      [6, 'at'],
    ]);
    expect(await rowsOf('"Raw ""rows"".of ü"')).toMatchObject([
      {
        'row number': 1,
        id: 1,
        'a "b".c': 0.1,
        'Größe; --': '  x\u00a0',
        "it's": ' y ',
        paid: true,
        day: new Date('2026-01-31'),
        at: new Date('2026-01-31T10:00:00Z'),
        '%': null,
        source_file: 'table.csv',
        ingested_at: expect.any(Date),
      },
      { 'row number': 2, paid: false, at: new Date('2026-01-31T12:00:00.5Z') },
    ]);
    expect(await processRows(store, awkward)).toBe(2);
    expect(await rowsOf('"select"')).toMatchObject([
      {
        'row number': 1,
        raw_id: 1,
        'Größe; --': 'x',
        "it's": ' y ',
        'double $1': 0.2,
        'big?': false,
        until: 484,
        minutes: Date.parse('2026-01-31T10:00:00Z') / 60_000,
        shop: "it's",
      },
      { raw_id: 2, 'Größe; --': null, 'double $1': null, 'big?': false, until: null, shop: null },
    ]);
    expect(await processRows(store, awkward)).toBe(2);
  });

  test('gives a model its fields: columns, formulas and defaults', async () => {
    const names = ['at', 'double $1', '%', 'absent', 'amount', 'country', 'day', 'Größe; --'];
    const fields = names.map((name) => ({ name, type: 'number' }) as const);
    const rawRows = new RawRows(store, awkward, fields);
    expect(Object.fromEntries(await rawRows.byIds([2, 1, 3]))).toEqual({
      1: ['2026-01-31T10:00:00.000000Z', 0.2, 5, undefined, 0.1, 'DE', '2026-01-31', '  x\u00a0'],
      2: ['2026-01-31T12:00:00.500000Z', null, 5, undefined, 7, 'DE', null, null],
    });
    expect((await rawRows.after(1, 5)).map(({ id }) => id)).toEqual([2]);
    expect(await countRawRows(store, awkward)).toBe(2);
  });
});

test('no dataset may name a table that migrations make, but the example its own two', async () => {
  await store.query((sql) => sql`create database fresh`);
  const fresh = await startStore(postgres.url.replace(/thicket$/, 'fresh'));
  const tables = await fresh.query(
    (sql) => sql<{ name: string }[]>`select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`,
  );
  await fresh.stop();
  const free = tables.map(({ name }) => name).filter((name) => !isOwnTable(name));
  expect(free.toSorted()).toEqual(['processed_superstore', 'raw_superstore']);
});

/** Two columns and a formula. */
const other = (name: string): Dataset =>
  dataset(`
name: ${name}
columns:
- { name: a, type: number }
- { name: b, type: text }
processed: [{ name: c, formula: a + 1 }]
`);

describe('a table that is there already', () => {
  test('of the example is taken as the first migration made it', async () => {
    expect(await processRows(store, SUPERSTORE)).toBe(0);
  });

  test.each([
    {
      name: 'lacking',
      table: 'raw_lacking (id bigint generated always as identity, a float8, source_file text)',
      says: [
        'the table raw_lacking is not as the dataset lacking describes it',
        'it lacks "b"; it lacks "ingested_at"',
      ],
    },
    {
      name: 'typed',
      table:
        'raw_typed (id bigserial, a int, b varchar(10), source_file text, ingested_at timestamptz)',
      says: ['"a" is integer, not double precision; "b" is character varying(10), not text'],
    },
    {
      name: 'numbered',
      table:
        'raw_numbered (id bigint, a float8, b text, source_file text, ingested_at timestamptz)',
      says: [
        '"id" is not numbered by Postgres',
        'Name another raw_table in the dataset file, or drop this one with its rows',
      ],
    },
    {
      name: 'strict',
      table:
        'raw_strict (id bigserial, a float8, b text, source_file text, ingested_at timestamptz, d int not null)',
      says: ['"d" may not be null, and the dataset has no such column'],
    },
    {
      name: 'second',
      table: 'processed_second (id bigserial, raw_id int)',
      says: [
        'the table processed_second is not as',
        '"raw_id" is integer, not bigint',
        'or drop this one: process makes it again',
      ],
    },
  ])('is refused when it is $name', async ({ name, table, says }) => {
    await store.query((sql) => sql.unsafe(`create table ${table}`));
    const refused = ingestCsv(store, other(name), csv('a,b\n1,x\n'));
    await expect(refused).rejects.toMatchObject({ code: 'DATASET_REFUSED' });
    for (const part of says) await expect(refused).rejects.toThrow(part);
  });

  test.each(['raw', 'processed'])(
    'is never to be dropped where another program made it: %s',
    async (kind) => {
      const unlike = other(`foreign_${kind}`);
      await store.query((sql) => sql.unsafe(`create table ${kind}_foreign_${kind} (id bigserial)`));
      const error: unknown = await ingestCsv(store, unlike, csv('a,b\n1,x\n')).catch(
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({
        code: 'DATASET_REFUSED',
        message: expect.stringMatching(
          new RegExp(`Name another ${kind}_table in the dataset file$`),
        ),
      });
    },
  );

  test('is refused when it is a view', async () => {
    await store.query((sql) => sql`create view raw_seen as select 1 as id`);
    await expect(ingestCsv(store, other('seen'), csv('a,b\n'))).rejects.toThrow(
      'raw_seen is there already, and is no table',
    );
  });

  test('is taken with columns of its own that need no value', async () => {
    await store.query(
      (sql) => sql`create table raw_wider (note text, id bigserial, b text, a float8,
        source_file text, ingested_at timestamptz default now(), kept int not null default 3)`,
    );
    expect(await ingestCsv(store, other('wider'), csv('a,b\n1,x\n'))).toMatchObject({ rows: 1 });
    expect(await rowsOf('raw_wider')).toMatchObject([{ a: 1, b: 'x', kept: 3, note: null }]);
  });

  test('without the columns of the dataset, rows by id are unavailable, with the reason', async () => {
    await store.query((sql) => sql`create table raw_narrow (id bigserial)`);
    const rawRows = new RawRows(store, other('narrow'), [{ name: 'a', type: 'number' }]);
    await expect(rawRows.byIds([1])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('raw_narrow is not as the dataset says'),
    });
  });
});

describe('a table that is not there', () => {
  const absent = dataset('name: absent\ncolumns: [{ name: a, type: number }]');

  test('has no rows by id, and is not processed', async () => {
    const rawRows = new RawRows(store, absent, [{ name: 'a', type: 'number' }]);
    expect(await rawRows.byIds([1])).toEqual(new Map());
    for (const use of [processRows, countRawRows]) {
      await expect(use(store, absent)).rejects.toMatchObject({
        code: 'DATASET_REFUSED',
        message: 'there is no table raw_absent yet: thicket ingest makes it',
      });
    }
  });

  test('is not made for a file that is refused', async () => {
    await expect(ingestCsv(store, absent, csv('b\n1\n'))).rejects.toMatchObject({
      code: 'TABLE_REFUSED',
    });
    expect(await store.query((sql) => sql`select to_regclass('raw_absent') as name`)).toEqual([
      { name: null },
    ]);
  });

  test('is made once by first ingests that come together', async () => {
    const together = dataset('name: together\ncolumns: [{ name: a, type: number }]');
    const file = csv('a\n1\n2\n');
    const results = await Promise.all(
      Array.from({ length: 4 }, () => ingestCsv(store, together, file)),
    );
    expect(results.map(({ rows }) => rows)).toEqual([2, 2, 2, 2]);
    expect(await countRawRows(store, together)).toBe(8);
  });

  test('is made once by instances that do not share connections', async () => {
    const apart = dataset('name: apart\ncolumns: [{ name: a, type: number }]');
    const file = csv('a\n1\n');
    const stores = await Promise.all([1, 2].map(() => startStore(postgres.url)));
    const results = await Promise.all(stores.map((each) => ingestCsv(each, apart, file)));
    expect(results.map(({ rows }) => rows)).toEqual([1, 1]);
    await Promise.all(stores.map((each) => each.stop()));
  });

  test('and may not be made is refused with the reason', async () => {
    const denied = dataset('name: denied\ncolumns: [{ name: a, type: number }]');
    await store.query((sql) => sql`create role reader`);
    const made = store.transaction(async (tx) => {
      await tx`set local role reader`;
      await ensureTables(tx, denied);
    });
    const error = await made.catch((refused: unknown) => asRefusal(refused, denied.rawTable));
    expect(error).toMatchObject({
      code: 'DATASET_REFUSED',
      message: expect.stringMatching(/^the table raw_denied cannot be written: permission denied/),
    });
  });
});

const WIDE = Array.from({ length: COLUMNS_MAX }, (_, at) => `c${at}`);

function wideColumns(type: string): string {
  return WIDE.map((name) => `  - { name: ${name}, type: ${type} }`).join('\n');
}

function wideCsv(cell: string): string {
  return csv(`${WIDE.join()}\n${WIDE.map(() => cell).join()}\n`);
}

describe('as wide as the bounds say', () => {
  test('a row of numbers has room, under the longest names', async () => {
    const name = `ü${'x'.repeat(NAME_BYTES_MAX - 2)}`;
    const wide = dataset(
      `name: wide\nraw_table: ${name}\nprocessed_table: y${name.slice(0, -1)}\ncolumns:\n${wideColumns('number')}`,
    );
    expect(await ingestCsv(store, wide, wideCsv('1.5'))).toMatchObject({ rows: 1 });
    expect(await processRows(store, wide)).toBe(1);
  });

  test('a row of long texts has none: the file is refused, and nothing is stored', async () => {
    const wide = dataset(`name: texts\ncolumns:\n${wideColumns('text')}`);
    const refused = ingestCsv(store, wide, wideCsv('x'.repeat(3_000)));
    await expect(refused).rejects.toMatchObject({
      code: 'TABLE_REFUSED',
      message: expect.stringMatching(
        /^Postgres refuses a row of raw_texts, and nothing was stored/,
      ),
    });
    await expect(countRawRows(store, wide)).rejects.toThrow('there is no table raw_texts yet');
  });
});

/** The formulas of the processed table as they were written in SQL before they were formulas. */
const FORMER = `
  case
    when sales = 0 then null
    when profit = 0 then 0
    when abs(ln(abs(profit)) - ln(abs(sales))) < 708 then profit / sales
  end as profit_margin,
  case when sales > -1 then ln(sales + 1) end as sales_log,
  case
    when discount <= 0 then '0'
    when discount <= 0.1 then '0-10%'
    when discount <= 0.2 then '10-20%'
    when discount <= 0.3 then '20-30%'
    when discount > 0.3 then '30%+'
  end as discount_bucket`;

test('the example’s processed columns have the values of the SQL that they were', async () => {
  const numbers = [null, 0, -0, 1, -1, 0.1, -0.5, 261.96, 1e-300, -1e-300, 1e300, 5e-324, 1e15];
  const discounts = [
    null,
    -0.1,
    0,
    0.05,
    0.1,
    0.1 + 2e-17,
    0.15,
    0.2,
    0.30000000000000004,
    0.3,
    0.8,
  ];
  const rows = numbers.flatMap((sales) =>
    numbers.map((profit, at) => [sales, profit, discounts[at % discounts.length]!]),
  );
  const columns = ['sales', 'profit', 'discount'];
  await store.transaction((tx) =>
    copyLines(tx, { table: SUPERSTORE.rawTable, columns }, rows.map(copyLine)),
  );
  expect(await processRows(store, SUPERSTORE)).toBe(rows.length);
  const names = ['sales', 'profit', 'profit_margin', 'sales_log', 'discount_bucket'];
  const now = await store.query(
    (sql) => sql`select ${sql(names)} from processed_superstore order by id`,
  );
  const before = await store.query((sql) =>
    sql.unsafe(`select sales, profit, ${FORMER} from raw_superstore order by id`),
  );
  // One value was wrong: without sales there is no margin, whatever the profit.
  for (const row of before) if (row['sales'] === null) row['profit_margin'] = null;
  expect([...now]).toEqual([...before]);
});
