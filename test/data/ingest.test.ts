import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ingestCsv, REJECTIONS_NAMED_MAX } from '../../src/data/ingest.ts';
import { processRows } from '../../src/data/process.ts';
import { countRawRows } from '../../src/data/raw-rows.ts';
import { SUPERSTORE } from '../support/superstore.ts';
import type { Store } from '../../src/store/store.ts';
import { missingWords } from '../../src/table/missing-words.ts';
import {
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';

const SHARED_CSV = '../shared/data/superstore/superstore.csv';
const HEADER =
  'Ship Mode,Segment,Country,City,State,Postal Code,Region,Category,Sub-Category,Sales,Quantity,Discount,Profit';
const ROW =
  'Second Class,Consumer,United States,Henderson,Kentucky,42420,South,Furniture,Bookcases,261.96,2,0,41.9136';

let postgres: TestPostgres;
let store: Store;
let directory: string;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
  directory = mkdtempSync(join(tmpdir(), 'thicket-ingest-'));
}, STORE_READY_MS_MAX);

afterAll(async () => {
  await store?.stop();
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  await store.query((sql) => sql`truncate raw_superstore, processed_superstore`);
});

function file(content: string | Buffer): string {
  const path = join(directory, 'table.csv');
  writeFileSync(path, content);
  return path;
}

const csv = (...rows: string[]): string => [HEADER, ...rows, ''].join('\n');
const count = (): Promise<number> => countRawRows(store, SUPERSTORE);
const only = async (): Promise<Record<string, unknown>> =>
  (await store.query((sql) => sql`select * from raw_superstore`))[0]!;

describe('a good file', () => {
  test.skipIf(!existsSync(SHARED_CSV))(
    'the shared Superstore table gives its 9,994 rows and its sums (skipped without ../shared)',
    async () => {
      const seen: number[] = [];
      const result = await ingestCsv(store, SUPERSTORE, SHARED_CSV, {
        onProgress: ({ rows, bytes, bytesMax }) => {
          expect(bytes).toBeLessThanOrEqual(bytesMax * 1.01);
          seen.push(rows);
        },
      });
      expect(result).toMatchObject({ rows: 9_994, rejected: 0, encoding: 'windows-1252' });
      expect(result.ignored).toContain('Product Name');
      expect(seen.length).toBeGreaterThan(5);
      const [sums] = await store.query(
        (sql) => sql`select sum(sales)::numeric(20, 4)::text as sales,
          sum(profit)::numeric(20, 4)::text as profit from raw_superstore`,
      );
      expect(sums).toEqual({ sales: '2297200.8603', profit: '286397.0217' });
      expect(await processRows(store, SUPERSTORE)).toBe(9_994);
      expect(await processRows(store, SUPERSTORE)).toBe(9_994);
    },
  );

  test.each([
    { name: 'LF', text: csv(ROW) },
    { name: 'CRLF', text: csv(ROW).replaceAll('\n', '\r\n') },
    { name: 'both line ends mixed', text: `${HEADER}\r\n${ROW}\n` },
    { name: 'a byte order mark', text: `\ufeff${csv(ROW)}` },
    { name: 'no line end at the end', text: csv(ROW).trimEnd() },
    { name: 'blank lines', text: `${HEADER}\n\n${ROW}\n\n\n` },
    { name: 'another order of columns', text: csv(ROW).replace(/^(.*)$/gm, reversed) },
    { name: 'names with underscores', text: csv(ROW).replace('Ship Mode', 'ship_mode') },
  ])('$name: read', async ({ text }) => {
    const result = await ingestCsv(store, SUPERSTORE, file(text));
    expect(result).toMatchObject({ rows: 1, rejected: 0, encoding: 'utf-8' });
    expect(await only()).toMatchObject({
      ship_mode: 'Second Class',
      postal_code: '42420',
      sales: 261.96,
      quantity: 2,
      profit: 41.9136,
      source_file: 'table.csv',
    });
  });
});

describe('a cell', () => {
  test('in quotes may hold line breaks, commas, quotes, tabs and backslashes', async () => {
    const city = 'a\nb\r\nc,"d"\t\\N\\';
    const quoted = `"${city.replaceAll('"', '""')}"`;
    await ingestCsv(store, SUPERSTORE, file(csv(ROW.replace('Henderson', quoted))));
    expect((await only())['city']).toBe(city);
  });

  test.each([
    { name: 'UTF-8', bytes: Buffer.from(csv(ROW.replace('Henderson', 'Zürich'))), as: 'utf-8' },
    {
      name: 'Windows-1252',
      bytes: Buffer.from(csv(ROW.replace('Henderson', 'Zürich')), 'latin1'),
      as: 'windows-1252',
    },
  ])('$name letters arrive', async ({ bytes, as }) => {
    expect((await ingestCsv(store, SUPERSTORE, file(bytes))).encoding).toBe(as);
    expect((await only())['city']).toBe('Zürich');
  });

  test.each(['5" binder', '"S"outh'])('the stray quote in %s is a letter', async (cell) => {
    await ingestCsv(store, SUPERSTORE, file(csv(ROW.replace('Henderson', cell), ROW)));
    const rows = await store.query((sql) => sql`select city from raw_superstore order by id`);
    expect(rows.map((row) => row['city'])).toEqual([cell, 'Henderson']);
  });

  test.each(['', 'NA', 'N/A', 'NaN', 'null', '  '])('a cell of %j is missing', async (cell) => {
    await ingestCsv(
      store,
      SUPERSTORE,
      file(csv(ROW.replace('261.96', cell).replace('South', cell))),
    );
    expect(await only()).toMatchObject({ sales: null, region: null, quantity: 2 });
  });

  test('doubles arrive exactly', async () => {
    await ingestCsv(
      store,
      SUPERSTORE,
      file(csv(ROW.replace('261.96', '0.1').replace('41.9136', '-1e-300'))),
    );
    expect(await only()).toMatchObject({ sales: 0.1, profit: -1e-300 });
  });
});

describe('a table that is read by options', () => {
  test('has its columns in order where it has no header', async () => {
    const result = await ingestCsv(store, SUPERSTORE, file(`${ROW}\n`), {
      reading: { header: 'no' },
    });
    expect(result).toMatchObject({ rows: 1, rejected: 0, ignored: [] });
    expect(await only()).toMatchObject({ ship_mode: 'Second Class', profit: 41.9136 });
    const narrow = ingestCsv(store, SUPERSTORE, file('1,2\n'), { reading: { header: 'no' } });
    await expect(narrow).rejects.toThrow('without a header it has 13 columns, and the file 2');
  });

  test('has the missing words and the delimiter of the caller', async () => {
    const table = csv(ROW.replace('261.96', '-').replace('South', 'NA')).replaceAll(',', '^');
    const missing = missingWords(['-'], true);
    await ingestCsv(store, SUPERSTORE, file(table), { reading: { missing, delimiter: '^' } });
    expect(await only()).toMatchObject({ sales: null, region: 'NA', quantity: 2 });
  });

  test('may have semicolons, which need not be told', async () => {
    const table = csv(ROW).replaceAll(',', ';');
    expect(await ingestCsv(store, SUPERSTORE, file(table))).toMatchObject({ rows: 1, rejected: 0 });
  });
});

describe('a bad row costs only itself', () => {
  test.each([
    { cell: '261.96', bad: '1,5', line: 3, column: null, reason: /^14 cells/ },
    { cell: '261.96', bad: 'abc', line: 3, column: 'sales', reason: 'not a number: "abc"' },
    { cell: '261.96', bad: '1e999', line: 3, column: 'sales', reason: 'not a number: "1e999"' },
    { cell: '261.96', bad: '0x10', line: 3, column: 'sales', reason: 'not a number: "0x10"' },
    { cell: ',2,', bad: ',2.5,', line: 3, column: 'quantity', reason: 'not a whole number: "2.5"' },
    { cell: 'South', bad: 'So\0uth', line: 3, column: 'region', reason: 'holds a zero byte' },
  ])('$bad for $cell', async ({ cell, bad, line, column, reason }) => {
    const text = csv(ROW, ROW.replace(cell, bad), ...Array.from({ length: 60 }, () => ROW));
    const result = await ingestCsv(store, SUPERSTORE, file(text));
    expect(result.rejections).toEqual([
      { line, column, reason: typeof reason === 'string' ? reason : expect.stringMatching(reason) },
    ]);
    expect(result.rows).toBe(61);
    expect(await count()).toBe(61);
  });

  test('a line number counts the line breaks inside quoted cells before it', async () => {
    const result = await ingestCsv(
      store,
      SUPERSTORE,
      file(csv(ROW.replace('Henderson', '"a\nb\nc"'), ROW.replace('261.96', 'x'))),
    );
    expect(result.rejections[0]?.line).toBe(5);
  });

  test('bytes that are no UTF-8 in a UTF-8 file reject their row', async () => {
    const text = csv(...Array.from({ length: 5 }, () => ROW.replace('Henderson', 'Zürich')));
    const bytes = Buffer.concat([
      Buffer.from(text),
      Buffer.from(`${ROW.replace('Henderson', 'Z\u00fcrich')}\n`, 'latin1'),
    ]);
    const result = await ingestCsv(store, SUPERSTORE, file(bytes));
    expect(result).toMatchObject({ rows: 5, rejected: 1, encoding: 'utf-8' });
    expect(result.rejections[0]).toMatchObject({ line: 7, column: 'city' });
  });

  test('a byte that Windows-1252 does not define rejects its row', async () => {
    const bytes = Buffer.from(csv(ROW, ROW.replace('Henderson', 'a\u0081\u00fc')), 'latin1');
    const result = await ingestCsv(store, SUPERSTORE, file(bytes));
    expect(result).toMatchObject({ rows: 1, rejected: 1, encoding: 'windows-1252' });
  });

  test('all are counted, the first ones are named', async () => {
    const bad = Array.from({ length: REJECTIONS_NAMED_MAX + 50 }, () => ROW.replace('261.96', 'x'));
    const result = await ingestCsv(store, SUPERSTORE, file(csv(ROW, ...bad)));
    expect(result.rejected).toBe(REJECTIONS_NAMED_MAX + 50);
    expect(result.rejections).toHaveLength(REJECTIONS_NAMED_MAX);
  });
});

describe('a bad file stores nothing', () => {
  test.each([
    { name: 'empty', content: '', says: 'is empty' },
    { name: 'other columns', content: 'a,b\n1,2\n', says: 'lacks "Ship Mode", "Segment"' },
    {
      name: 'one column missing',
      content: csv(ROW).replace(',Profit', ''),
      says: 'lacks "Profit"',
    },
    { name: 'a column twice', content: csv(ROW).replace('Profit', 'Sales'), says: 'comes twice' },
    { name: 'UTF-16', content: Buffer.from(`\ufeff${csv(ROW)}`, 'utf16le'), says: 'UTF-16' },
    { name: 'no text', content: Buffer.from([1, 2, 3, 4, 0, 0]), says: 'UTF-16 or no text' },
    {
      name: 'a zip archive',
      content: Buffer.from([0x50, 0x4b, 3, 4, 0, 0]),
      says: 'a zip archive',
    },
    {
      name: 'a quote that is never closed',
      content: `${csv(...Array.from({ length: 5_000 }, () => ROW))}"${ROW}\n`,
      says: 'is never closed. Nothing was stored.',
    },
    {
      name: 'a record without an end',
      content: csv(ROW, `"${'x'.repeat(2_000_000)}`),
      says: 'is never closed. Nothing was stored.',
    },
  ])('$name', async ({ content, says }) => {
    const refused = ingestCsv(store, SUPERSTORE, file(content));
    await expect(refused).rejects.toMatchObject({
      code: 'TABLE_REFUSED',
      message: expect.stringContaining(says),
    });
    expect(await count()).toBe(0);
  });

  test('a file that is not there', async () => {
    await expect(ingestCsv(store, SUPERSTORE, join(directory, 'absent.csv'))).rejects.toMatchObject(
      {
        code: 'TABLE_REFUSED',
      },
    );
  });

  test('a backend killed in the middle of the COPY', async () => {
    const path = file(csv(...Array.from({ length: 20_000 }, () => ROW)));
    const kills: Promise<unknown>[] = [];
    const ingest = ingestCsv(store, SUPERSTORE, path, {
      onProgress: () => {
        if (kills.length > 0) return;
        kills.push(
          store.query(
            (sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity
            where query like 'copy "raw_superstore"%'`,
          ),
        );
      },
    });
    await expect(ingest).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await Promise.all(kills);
    expect(await count()).toBe(0);
  });
});

describe('processing', () => {
  test('texts are trimmed, an empty one is missing', async () => {
    const row = await processed(
      ROW.replace('Henderson', '  New York\u00a0').replace('South', '" \t"'),
    );
    expect(row).toMatchObject({ city: 'New York', region: null });
  });

  test('the formulas', async () => {
    const row = await processed(ROW);
    expect(row).toMatchObject({ profit_margin: 41.9136 / 261.96, discount_bucket: '0' });
    expect(row['sales_log']).toBeCloseTo(Math.log(262.96), 14);
  });

  test.each([
    { sales: '0', profit: '5', margin: null },
    { sales: '5', profit: '0', margin: 0 },
    { sales: '1e-300', profit: '1e300', margin: null },
    { sales: '1e300', profit: '1e-300', margin: null },
    { sales: '', profit: '1', margin: null },
    { sales: '-2', profit: '1', margin: -0.5 },
  ])('profit $profit on sales of $sales', async ({ sales, profit, margin }) => {
    const row = await processed(ROW.replace('261.96', sales).replace('41.9136', profit));
    expect(row['profit_margin']).toBe(margin);
  });

  test.each([
    { discount: '0', bucket: '0' },
    { discount: '0.05', bucket: '0-10%' },
    { discount: '0.1', bucket: '0-10%' },
    { discount: '0.15', bucket: '10-20%' },
    { discount: '0.2', bucket: '10-20%' },
    { discount: '0.3', bucket: '20-30%' },
    { discount: '0.32', bucket: '30%+' },
    { discount: '', bucket: null },
  ])('a discount of $discount is in $bucket', async ({ discount, bucket }) => {
    const row = await processed(ROW.replace(',2,0,', `,2,${discount},`));
    expect(row['discount_bucket']).toBe(bucket);
  });

  test('readers keep the old rows until the new ones are there', async () => {
    await processed(ROW);
    await store.transaction(async (reader) => {
      const [before] = await reader`select count(*) as rows from processed_superstore`;
      expect(await processRows(store, SUPERSTORE)).toBe(1);
      const [after] = await reader`select count(*) as rows from processed_superstore`;
      expect([before?.['rows'], after?.['rows']]).toEqual([1, 1]);
    });
  });
});

function reversed(line: string): string {
  return line === '' ? '' : line.split(',').toReversed().join(',');
}

async function processed(row: string): Promise<Record<string, unknown>> {
  await ingestCsv(store, SUPERSTORE, file(csv(row)));
  expect(await processRows(store, SUPERSTORE)).toBe(1);
  return (await store.query((sql) => sql`select * from processed_superstore`))[0]!;
}
