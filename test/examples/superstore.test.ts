import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../examples/superstore/', import.meta.url));
const COLUMNS_21 =
  'Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Customer Name,Segment,Country,City,State,' +
  'Postal Code,Region,Product ID,Category,Sub-Category,Product Name,Sales,Quantity,Discount,Profit';

/** Of the 10,000 rows of the default seed; with other rows the model has to be trained anew. */
const DIGEST = '19149dc8cbd2c9dd793ff95fbab93a75cbb84f59d98fa600dd6e649f32eb2e95';
/** In the example's forest. */
const TREES = 300;

type Row = Readonly<Record<string, string>>;

function generate(...args: string[]): string {
  return execFileSync(process.execPath, [`${FOLDER}generate.mjs`, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

function rowsOf(text: string): Row[] {
  return parse<Row>(text, { columns: true });
}

function distinct(rows: readonly Row[], column: string): number {
  return new Set(rows.map((row) => row[column])).size;
}

function profitWhere(rows: readonly Row[], holds: (discount: number) => boolean): number {
  const chosen = rows.filter((row) => holds(Number(row['Discount'])));
  return chosen.reduce((sum, row) => sum + Number(row['Profit']), 0);
}

describe('the generator', () => {
  const text = generate();
  const rows = rowsOf(text);

  test('gives the very rows that the model was trained on, on every machine', () => {
    expect(createHash('sha256').update(text).digest('hex')).toBe(DIGEST);
  });

  test('fewer rows are the beginning of more', () => {
    expect(text.startsWith(generate('100'))).toBe(true);
  });

  test('another seed gives other rows', () => {
    expect(generate('100', '1')).not.toBe(generate('100', '2'));
  });

  test('has the columns of the 21-column edition', () => {
    expect(text.slice(0, text.indexOf('\n'))).toBe(COLUMNS_21);
    expect(rows).toHaveLength(10_000);
  });

  test.each([
    { column: 'Segment', count: 3 },
    { column: 'Region', count: 4 },
    { column: 'Category', count: 3 },
    { column: 'Sub-Category', count: 17 },
    { column: 'Ship Mode', count: 4 },
    { column: 'State', count: 49 },
    { column: 'Quantity', count: 14 },
    { column: 'Discount', count: 12 },
  ])('has $count values of $column', ({ column, count }) => {
    expect(distinct(rows, column)).toBe(count);
  });

  test('has sales that hardly repeat, so that a forest finds many thresholds', () => {
    expect(distinct(rows, 'Sales')).toBeGreaterThan(8_000);
  });

  test('loses money on deep discounts and earns it elsewhere', () => {
    expect(profitWhere(rows, (discount) => discount >= 0.5)).toBeLessThan(0);
    expect(profitWhere(rows, (discount) => discount === 0)).toBeGreaterThan(0);
  });

  test('every row can be divided into a margin', () => {
    const unfit = rows.filter(
      (row) => !(Number(row['Sales']) > 0) || !Number.isFinite(Number(row['Profit'] || 'x')),
    );
    expect(unfit).toEqual([]);
  });

  test('says how it is called when it is called wrongly', () => {
    expect(() => generate('many')).toThrow(/usage: node generate\.mjs \[rows\] \[seed\]/);
  });
});

describe('what the training left', () => {
  const expected = rowsOf(readFileSync(`${FOLDER}expected.csv`, 'utf8'));

  test('the model is small enough to be carried by the repository', () => {
    expect(statSync(`${FOLDER}model.joblib`).size).toBeLessThan(5_000_000);
  });

  test('500 rows have a prediction that is their sum over the trees, divided', () => {
    expect(expected).toHaveLength(500);
    const wrong = expected.filter(
      (row) => !Object.is(Number(row['raw_0']) / TREES, Number(row['prediction'])),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    { what: 'unknown categories', holds: (row: Row) => row['segment'] === 'Not seen in training' },
    { what: 'missing categories', holds: (row: Row) => row['ship_mode'] === '' },
    { what: 'missing numbers', holds: (row: Row) => row['sales'] === '' },
    { what: 'the smallest double', holds: (row: Row) => row['sales'] === '5e-324' },
  ])('there are rows with $what', ({ holds }) => {
    expect(expected.some(holds)).toBe(true);
  });

  test('every expected row is in the ranges that the specification states', () => {
    const { fields } = JSON.parse(readFileSync(`${FOLDER}spec.json`, 'utf8')) as {
      fields: { name: string; minimum?: number; maximum?: number; integer?: boolean }[];
    };
    const outside = fields.flatMap(({ name, minimum = -Infinity, maximum = Infinity, integer }) =>
      expected
        .map((row) => row[name]!)
        .filter((cell) => cell !== '' && (minimum > -Infinity || maximum < Infinity))
        .map(Number)
        .filter((x) => !(x >= minimum && x <= maximum) || (integer && !Number.isInteger(x))),
    );
    expect(outside).toEqual([]);
  });
});
