import { describe, expect, test } from 'vitest';
import {
  type CellColumn,
  type CellReader,
  type CellValue,
  compileCellReader,
} from '../../src/table/cells.ts';
import { MISSING_WORDS, missingWords } from '../../src/table/missing-words.ts';

const UTF8 = { encoding: { name: 'utf-8', damaged: false } } as const;

function reader(
  type: CellColumn['type'],
  more: Partial<CellColumn> = {},
  missing = MISSING_WORDS,
): CellReader {
  return compileCellReader({ name: 'f', type, ...more }, missing, UTF8);
}

describe('a missing word', () => {
  test.each(['', 'NA', 'N/A', 'NaN', 'null', 'None', 'nan', '#N/A', '<NA>', '  ', ' NA\t'])(
    '%j is missing in every type of column',
    (cell) => {
      const types = ['number', 'integer', 'boolean', 'text', 'date', 'datetime'] as const;
      expect(types.map((type) => reader(type)(cell))).toEqual(types.map(() => null));
    },
  );

  test('is a category where the column has one of that name', () => {
    const read = reader('text', { categories: ['NA', '', 'x'] });
    expect(['NA', '', 'N/A'].map(read)).toEqual(['NA', '', null]);
  });

  test('that is a category in other columns keeps its spaces as any text does', () => {
    expect(reader('text', { categories: ['NA'] })(' NA ')).toBe(' NA ');
    expect(reader('text', { categories: [' ?'] })(' ?')).toBe(' ?');
  });

  test('may be named besides the usual ones, and is then missing even where it is a category', () => {
    const missing = missingWords(['-', ' ? '], false);
    expect(['-', ' - ', '?', 'NA', 'x'].map(reader('text', {}, missing))).toEqual([
      null,
      null,
      null,
      null,
      'x',
    ]);
    expect(reader('text', { categories: ['?'] }, missing)('?')).toBeNull();
    expect(reader('number', {}, missing)('-')).toBeNull();
  });

  test('may be kept as a text; an empty cell is no number even then', () => {
    const missing = missingWords(['-'], true);
    expect(['NA', '', '-'].map(reader('text', {}, missing))).toEqual(['NA', '', null]);
    expect(reader('number', {}, missing)(' ')).toBeNull();
    expect(() => reader('number', {}, missing)('NA')).toThrow('not a number: "NA"');
  });
});

describe('a number', () => {
  test.each<[string, CellValue]>([
    ['12', 12],
    [' -0.5 ', -0.5],
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['5.', 5],
    ['+7', 7],
    ['0.1', 0.1],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['True', 1],
    [' false', 0],
  ])('%j is %j', (cell, value) => {
    expect(reader('number')(cell)).toBe(value);
  });

  test.each(['0x10', '1,000.0', '1_000', '12abc', '$5', '1 2', 'yes', '1e999', 'NAN'])(
    '%j is none',
    (cell) => {
      expect(() => reader('number')(cell)).toThrow(`not a number: ${JSON.stringify(cell)}`);
    },
  );

  test('with a decimal comma is none, and the reason says what is meant', () => {
    expect(() => reader('number')('1,5')).toThrow(
      'not a number: "1,5" (numbers have a decimal point)',
    );
  });

  test('of a column of whole ones has no fraction', () => {
    expect(['3', '3.0', '-1e3'].map(reader('integer'))).toEqual([3, 3, -1000]);
    expect(() => reader('integer')('2.5')).toThrow('not a whole number: "2.5"');
    expect(() => reader('integer')('abc')).toThrow('not a number: "abc"');
  });

  test('lies within what its column holds', () => {
    const read = reader('integer', { minimum: -10, maximum: 10 });
    expect(['-10', '10'].map(read)).toEqual([-10, 10]);
    expect(() => read('11')).toThrow('beyond -10 to 10: "11"');
    const finite = { minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE };
    expect(() => reader('number', finite)('inf')).toThrow('not a finite number: "inf"');
  });
});

describe('a truth value', () => {
  test.each([
    ['true', true],
    [' True', true],
    ['TRUE', true],
    ['1', true],
    ['False', false],
    ['0 ', false],
  ])('%j is %j', (cell, value) => {
    expect(reader('boolean')(cell)).toBe(value);
  });

  test.each(['yes', '2', 'tRUE'])('%j is none', (cell) => {
    expect(() => reader('boolean')(cell)).toThrow(`not true or false: ${JSON.stringify(cell)}`);
  });
});

describe('a text', () => {
  test('stays as it is, unless only a number or a boolean of that name is known', () => {
    expect(reader('text')(' 12 ')).toBe(' 12 ');
    const mixed = reader('text', { categories: ['1', 1, 2, true] });
    expect(['1', '2', 'true', 'x'].map(mixed)).toEqual(['1', 2, true, 'x']);
  });

  test('holds no zero byte', () => {
    expect(() => reader('text')('a\0b')).toThrow('holds a zero byte');
  });

  test('with the letter for broken bytes is refused only where the table has some', () => {
    const text = { encoding: { name: 'utf-8', damaged: false } as const };
    const read = compileCellReader({ name: 'f', type: 'text' }, MISSING_WORDS, text);
    expect(read('a\ufffd')).toBe('a\ufffd');
    Object.assign(text, { encoding: { name: 'utf-8', damaged: true } });
    expect(() => read('a\ufffd')).toThrow('holds bytes that are not UTF-8');
  });

  test('with a letter that Windows-1252 has not is refused where the table is in it', () => {
    const text = { encoding: { name: 'windows-1252', damaged: false } } as const;
    const read = compileCellReader({ name: 'f', type: 'text' }, MISSING_WORDS, text);
    expect(() => read('a\u0081')).toThrow('neither UTF-8 nor Windows-1252');
    expect(reader('text')('a\u0081')).toBe('a\u0081');
  });
});

test('a date or a time stays its text, and must be one', () => {
  expect(reader('date')(' 2026-01-31 ')).toBe('2026-01-31');
  expect(reader('datetime')('2026-01-31 12:00')).toBe('2026-01-31 12:00');
  expect(() => reader('date')('31.01.2026')).toThrow('not a date: "31.01.2026"');
  expect(() => reader('datetime')('noon')).toThrow('not a time: "noon"');
});

test('a long cell is cut in the reason', () => {
  expect(() => reader('number')('x'.repeat(50))).toThrow(`"${'x'.repeat(40)}..."`);
});
