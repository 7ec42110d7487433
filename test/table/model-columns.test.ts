import { describe, expect, test } from 'vitest';
import type { Field, FieldRules, RowSchema } from '../../src/schema/fields.ts';
import { type FirstLine, readFirstLine } from '../../src/table/model-columns.ts';
import type { TableOptions } from '../../src/table/table-options.ts';

const RULES: FieldRules = {
  missing: 'accept',
  unknown: 'accept',
  categories: [],
  numberMin: -Infinity,
  numberMax: Infinity,
};

function schemaOf(...fields: Field[]): RowSchema {
  const codes = fields.map((_, field) => ({ field, categories: [] }));
  return {
    fields,
    rules: fields.map(() => RULES),
    slots: { numbers: [], computed: 0, codes },
  };
}

/** A model whose file names no fields. */
const unnamed = (count: number, type: Field['type'] = 'number'): RowSchema =>
  schemaOf(...Array.from({ length: count }, (_, at) => ({ name: `x${at}`, type })));

function firstLine(text: string, schema: RowSchema, header?: TableOptions['header']): FirstLine {
  const records = text.split('\n').map((line, at) => ({ line: at + 1, cells: line.split(',') }));
  const table = { path: 't.csv', encoding: { name: 'utf-8', damaged: false } } as const;
  return readFirstLine(records, schema, table, header === undefined ? {} : { header });
}

describe('the first line, where the model names no fields,', () => {
  test.each([
    ['names', 'age,rate\n1,2'],
    ['two numbers that count from 0', '0,1\n62.0,-2.1\n65.0,0.1'],
    ['a zero above one column', '0\n62\n65'],
    ['numbers that count from 0, though a row says the same', '0,1,2\n0,1,2\n2,1,0'],
    ['years', '2019,2020,2021\n512,600,700'],
  ])('is a header: %s', (_, text) => {
    const width = text.split('\n')[0]!.split(',').length;
    expect(firstLine(text, unnamed(width)).isHeader).toBe(true);
  });

  test.each([
    ['numbers', '5.1,3.5\n4.9,3.0'],
    ['whole numbers that do not count', '0,2,1\n1,1,1'],
    ['two years', '2019,2020\n2021,2022'],
    ['0 and 1 that come again', '0,1\n1,1\n0,1'],
    ['a zero that comes again', '0\n1\n0'],
    ['numbers that count, with a fraction', '0.0,1.0,2.0\n1,1,1'],
    ['a missing value', ',1\n2,3'],
  ])('is a row: %s', (_, text) => {
    const width = text.split('\n')[0]!.split(',').length;
    const { isHeader, note } = firstLine(text, unnamed(width));
    expect(isHeader).toBe(false);
    expect(note).toBe('its first line is read as a row; --header yes takes it for a header');
  });

  test('is said to be a header only where it might be a row', () => {
    expect(firstLine('0,1\n5,6', unnamed(2)).note).toContain('--header no reads it as a row');
    expect(firstLine('age,rate\n5,6', unnamed(2)).note).toBeNull();
  });

  test('is what the caller says', () => {
    expect(firstLine('0,1\n5,6', unnamed(2), 'no')).toMatchObject({ isHeader: false, note: null });
    expect(firstLine('5.5,6\n5,6', unnamed(2), 'yes')).toMatchObject({
      isHeader: true,
      note: null,
    });
    expect(firstLine('text\nfine', unnamed(1, 'text'), 'yes').isHeader).toBe(true);
  });

  test('has the names of the fields in any order', () => {
    expect(firstLine('x1,x0\n1,2', unnamed(2)).placement.positions).toEqual([1, 0]);
  });

  test('may have the row numbers of pandas before the columns', () => {
    const { isHeader, placement, note } = firstLine(',0,1\n0,5,6', unnamed(2));
    expect({ isHeader, ...placement }).toEqual({ isHeader: true, positions: [1, 2], width: 3 });
    expect(note).toContain('the first column is passed over');
  });

  test('has as many columns as the model', () => {
    expect(() => firstLine('1,2,3\n4,5,6', unnamed(2))).toThrow(
      't.csv has 3 columns; the model takes 2 by position.',
    );
    expect(() => firstLine(',1,2\n,4,5', unnamed(2), 'no')).toThrow('has 3 columns');
  });
});

describe('the first line, where the model names its fields,', () => {
  const named = schemaOf({ name: 'Unnamed: 0', type: 'number' }, { name: 'age', type: 'number' });

  test('names them; an empty name is that of pandas', () => {
    expect(firstLine('age,\n30,0', schemaOf(named.fields[1]!)).placement.positions).toEqual([0]);
    expect(firstLine(',age\n0,30', named).placement.positions).toEqual([0, 1]);
  });

  test('lacks none that the model reads, and has none twice', () => {
    expect(() => firstLine('age,rate\n1,2', named)).toThrow(
      't.csv lacks 1 of the columns that the model reads: Unnamed: 0.',
    );
    expect(() => firstLine(',age,age\n0,1,2', named)).toThrow('has two columns named age');
  });

  test('is a row where the caller says so', () => {
    expect(firstLine('0,30\n1,31', named, 'no')).toEqual({
      isHeader: false,
      placement: { positions: [0, 1], width: 2 },
      note: null,
    });
  });
});
