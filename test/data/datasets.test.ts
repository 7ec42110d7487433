import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Dataset } from '../../src/data/dataset.ts';
import {
  COLUMNS_MAX,
  DATASET_BYTES_MAX,
  NAME_BYTES_MAX,
  YAML_DEPTH_MAX,
} from '../../src/data/datasets/bounds.ts';
import { datasetOf, readDataset } from '../../src/data/datasets/read.ts';
import { YamlFile } from '../../src/data/datasets/yaml-file.ts';
import { datasetFile, EXAMPLE } from '../../src/data/example.ts';

const read = (text: string): Dataset => datasetOf(new YamlFile('d.yaml', text));

describe('the example', () => {
  test('has the tables that the first migration makes', async () => {
    const dataset = await readDataset(EXAMPLE.dataset);
    expect(dataset).toMatchObject({
      name: 'superstore',
      rawTable: 'raw_superstore',
      processedTable: 'processed_superstore',
      key: 'id',
    });
    expect(dataset.columns).toHaveLength(13);
    expect(dataset.processed.map(({ name, formula }) => [name, formula.type])).toEqual([
      ['profit_margin', 'number'],
      ['sales_log', 'number'],
      ['discount_bucket', 'text'],
    ]);
  });

  test('is meant where no file is named, and by its name', () => {
    expect([null, 'superstore', 'own.yaml'].map(datasetFile)).toEqual([
      EXAMPLE.dataset,
      EXAMPLE.dataset,
      'own.yaml',
    ]);
  });
});

describe('what a file leaves out', () => {
  test('has a default', () => {
    expect(read('name: orders\ncolumns: [{ name: Total, type: number }]\n')).toEqual({
      name: 'orders',
      rawTable: 'raw_orders',
      processedTable: 'processed_orders',
      key: 'id',
      columns: [{ name: 'Total', type: 'number', headers: [], required: true, trim: false }],
      processed: [],
      fields: new Map(),
    });
  });

  test('is a key without a value, too', () => {
    expect(
      read('name: a\nkey:\nprocessed:\ncolumns: [{ name: b, type: text, trim: }]'),
    ).toMatchObject({
      key: 'id',
      columns: [{ trim: true }],
    });
  });
});

test('the dataset of the documentation is one', () => {
  const document = readFileSync('docs/datasets.md', 'utf8');
  const [, text] = /```yaml\n(.*?)```/s.exec(document)!;
  expect(read(text!)).toMatchObject({ name: 'orders', rawTable: 'raw_orders' });
});

test('every key is read', () => {
  const dataset = read(`
name: orders
raw_table: Orders, as they came
processed_table: 'Orders "clean"'
key: row number
columns:
  - { name: id, type: integer, headers: [Order ID], required: false }
  - { name: paid at, type: datetime }
  - { name: note, type: text, trim: false }
processed:
  - { name: minutes, formula: '\`paid at\` / 60' }
fields:
  - { name: order, column: id }
  - { name: Minutes, column: minutes, default: 0 }
  - { name: note, default: none }
  - { name: shop, default: Bonn }
`);
  expect(dataset).toMatchObject({
    rawTable: 'Orders, as they came',
    processedTable: 'Orders "clean"',
    key: 'row number',
    columns: [
      { name: 'id', type: 'integer', headers: ['Order ID'], required: false },
      { name: 'paid at', type: 'datetime', required: true },
      { name: 'note', trim: false },
    ],
    processed: [{ name: 'minutes', formula: { type: 'number', name: 'divide' } }],
  });
  expect(Object.fromEntries(dataset.fields)).toEqual({
    order: { column: 'id', default: null },
    Minutes: { column: 'minutes', default: 0 },
    note: { column: 'note', default: 'none' },
    shop: { column: null, default: 'Bonn' },
  });
});

/** A file that is right but for one line. */
const withLine = (line: string): string =>
  `name: a\ncolumns:\n  - { name: b, type: number }\n  - { name: c, type: text }\n${line}\n`;
const column = (text: string): string => `name: a\ncolumns:\n  - ${text}\n`;

describe('what is wrong is refused at its place', () => {
  test.each([
    ['', '1:1: the file is empty'],
    ['- a', '1:1: the file must be a mapping with the keys name, raw_table'],
    ['name: a', '1:1: the file names no columns: list them under columns'],
    ['columns: []', '1:1: the file lacks name'],
    ['name: a\n  b: c: d', '1:7: this is no YAML: Nested mappings'],
    ['name: a\nname: b', '2:1: this is no YAML: Map keys must be unique'],
    ['name: !secret a', '1:7: this is no YAML: Unresolved tag: !secret'],
    ['name: a\n---\nname: b', '2:1: a second document begins here: one file describes one dataset'],
    ['---\n---\nname: b', '2:1: a second document begins here'],
    [withLine('colums: []'), '5:1: the file has no key "colums"; its keys are name, raw_table'],
    [withLine('? [x]\n: y'), '5:3: the file has no key ""'],
    [withLine('key: [x]'), '5:6: key must be a single value'],
    [withLine('key: 7'), '5:6: key must be a text: write "7" in quotes'],
    [withLine('key: ctid'), '5:6: "ctid" cannot name a column: Postgres keeps this name'],
    [withLine('key: raw_id'), '5:6: "raw_id" cannot name a column: the tables have a column'],
    [withLine('key: b'), '3:13: "b" cannot name a column: it is the key'],
    [withLine('raw_table: " "'), '5:12: raw_table is empty: give it a name'],
    [
      withLine('raw_table: x\nprocessed_table: x'),
      '6:18: raw_table and processed_table must differ',
    ],
    [
      withLine('raw_table: predictions'),
      '5:12: raw_table cannot be "predictions", a table of Thicket itself: choose another name',
    ],
    [
      withLine('processed_table: predictions_20261201'),
      '5:18: processed_table cannot be "predictions_20261201"',
    ],
    [withLine('raw_table: "a\\0"'), '5:12: raw_table holds a character that no name'],
    [
      withLine(`raw_table: ${'ü'.repeat(NAME_BYTES_MAX / 2 + 1)}`),
      `5:12: raw_table is longer than the ${NAME_BYTES_MAX} bytes of a name in Postgres`,
    ],
    [column('b'), '3:5: a column must be a mapping with the keys name, type'],
    [column('{ type: text }'), '3:5: a column lacks name'],
    [column('{ name: b }'), '3:5: a column lacks type'],
    [column('{ name: b, type: float }'), '3:22: there is no type "float"; there are text, number'],
    [column('{ name: b, type: text, header: B }'), '3:28: a column has no key "header"'],
    [column('{ name: b, type: text, headers: B }'), '3:37: headers must be a list'],
    [column('{ name: b, type: text, headers: [2020] }'), '3:38: headers must be a list of texts'],
    [column('{ name: b, type: text, required: no }'), '3:38: required must be true or false'],
    [column('{ name: b, type: date, trim: true }'), '3:34: trim is for columns of type text'],
    [column('{ name: source_file, type: text }'), '3:13: "source_file" cannot name a column'],
    [
      column('{ name: b, type: text }\n  - { name: b, type: text }'),
      '4:13: "b" cannot name a column: another column has it',
    ],
    [
      column('{ name: b, type: text }\n  - { name: c, type: text, headers: [" B."] }'),
      '4:38: the header " B." belongs to the column "b" already',
    ],
    [withLine('key: *x'), '5:6: *x stands for another value: write the value itself'],
    [withLine('key: &x d\nraw_table: *x'), '6:12: *x stands for another value'],
    [withLine('processed: [*x]'), '5:13: *x stands for another value'],
    [withLine('processed: {}'), '5:12: processed must be a list'],
    [withLine('processed: [{ name: d }]'), '5:13: a processed column lacks formula'],
    [withLine('processed: [{ name: b, formula: b }]'), '5:21: "b" cannot name a column'],
    [
      withLine('processed: [{ name: d, formula: b + x }]'),
      '5:37: there is no field "x"; there are b, c',
    ],
    [withLine("processed: [{ name: d, formula: 'b + c' }]"), '5:36: + takes a number, not a text'],
    [
      withLine('processed:\n  - name: d\n    formula: >-\n      b +\n\n        * b'),
      '10:9: "*" stands',
    ],
    [
      withLine('processed:\n  - name: d\n    formula: |\n      b *\n      (b'),
      '9:9: the formula ends where',
    ],
    [withLine('processed: [{ name: d, formula: "b\\t+ $" }]'), '5:33: "$" has no meaning'],
    [withLine("processed: [{ name: d, formula: ' ' }]"), '5:34: the formula is empty'],
    [withLine('fields: [{ name: f }]'), '5:18: the field "f" needs a column or a default'],
    [withLine('fields: [{ name: f, column: g }]'), '5:29: there is no column "g"'],
    [
      withLine('fields: [{ name: f, column: b, default: x }]'),
      '5:41: the default must be a number, because the column "b" is of type number',
    ],
    [
      withLine('fields: [{ name: c, default: 7 }]'),
      '5:30: the default must be a text (write it in quotes), because the column "c" is of type text',
    ],
    [
      withLine('processed: [{ name: d, formula: b > 1 }]\nfields: [{ name: d, default: 1 }]'),
      '6:30: the default must be true or false, because the column "d" is of type boolean',
    ],
    [
      column('{ name: b, type: integer }\nfields: [{ name: b, default: 0.5 }]'),
      '4:30: the default must be a whole number',
    ],
    [
      column('{ name: b, type: date }\nfields: [{ name: b, default: 2026-02-30 }]'),
      '4:30: the default must be a date such as 2026-01-31',
    ],
    [
      column('{ name: b, type: datetime }\nfields: [{ name: b, default: noon }]'),
      '4:30: the default must be a time such as 2026-01-31T12:00:00Z',
    ],
    [withLine('fields: [{ name: f, default: .inf }]'), '5:30: default must be a finite number'],
    [
      withLine('fields: [{ name: f, default: 1 }, { name: f, default: 2 }]'),
      '5:43: the field "f" stands',
    ],
  ])('%j', (text, sentence) => {
    expect(refusalOf(text)).toContain(`d.yaml:${sentence}`);
  });
});

describe('bounds', () => {
  test('columns of the file and processed ones are counted together', () => {
    const columns = Array.from(
      { length: COLUMNS_MAX },
      (_, at) => `  - { name: c${at}, type: number }`,
    );
    const full = `name: a\ncolumns:\n${columns.join('\n')}\n`;
    expect(read(full).columns).toHaveLength(COLUMNS_MAX);
    const more = `${full}processed: [{ name: d, formula: c0 }]`;
    expect(refusalOf(more)).toContain('processed has 1 entries, and 0 are the most');
  });

  test.each(['[', '{ a: ', '- ', '? ', '[{ a: '])(
    '%j over and over does not fill the stack',
    (open) => {
      expect(refusalOf(open.repeat(20_000))).toContain(`nested more than ${YAML_DEPTH_MAX} deep`);
    },
  );

  test('a file that is not there, and one that is too long, are refused by name', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'thicket-datasets-'));
    await expect(readDataset(join(directory, 'absent.yaml'))).rejects.toMatchObject({
      code: 'DATASET_REFUSED',
      message: expect.stringContaining('absent.yaml'),
    });
    const long = join(directory, 'long.yaml');
    writeFileSync(long, `# ${'x'.repeat(DATASET_BYTES_MAX)}`);
    await expect(readDataset(long)).rejects.toMatchObject({ code: 'DATASET_REFUSED' });
    rmSync(directory, { recursive: true });
  });

  test.each([
    {
      form: 'UTF-16 with a mark',
      bytes: Buffer.from('\ufeffname: a', 'utf16le'),
      words: 'is UTF-16',
    },
    { form: 'UTF-16 without one', bytes: Buffer.from('name: a', 'utf16le'), words: 'is UTF-16' },
    {
      form: 'UTF-16, the other byte first',
      bytes: Buffer.from('\ufeffname: a', 'utf16le').swap16(),
      words: 'is UTF-16',
    },
    {
      form: 'Windows-1252',
      bytes: Buffer.from('name: größe', 'latin1'),
      words: 'holds bytes that are not UTF-8',
    },
  ])('a file in $form is refused in one sentence', async ({ bytes, words }) => {
    const directory = mkdtempSync(join(tmpdir(), 'thicket-datasets-'));
    const path = join(directory, 'd.yaml');
    writeFileSync(path, bytes);
    await expect(readDataset(path)).rejects.toMatchObject({
      code: 'DATASET_REFUSED',
      message: `${path} ${words}: save it as UTF-8`,
    });
    rmSync(directory, { recursive: true });
  });
});

function refusalOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toMatchObject({ code: 'DATASET_REFUSED' });
    return (error as Error).message;
  }
  throw new Error(`${text} was read`);
}
