import { describe, expect, test } from 'vitest';
import type { FieldValue, ValidRow } from '../../src/core/rows.ts';
import { allocateRows, compileEncoder } from '../../src/schema/encode.ts';

const valid = (...values: FieldValue[]): ValidRow => values as readonly FieldValue[] as ValidRow;

describe('an encoder', () => {
  const slots = {
    numbers: [0, 3],
    computed: 0,
    codes: [
      { field: 1, categories: ['a', 'b', '1', 1] },
      { field: 3, categories: [false, true] },
    ],
  };
  const encode = compileEncoder(slots);
  const encoded = (...rows: ValidRow[]) => {
    const into = allocateRows(slots, rows.length);
    rows.forEach((row, at) => encode(row, at, into));
    return { numbers: [...into.numbers], codes: [...into.codes] };
  };

  test('writes numbers and codes at the row that is asked for, skipping fields without a slot', () => {
    expect(encoded(valid(1.5, 'b', 'unread', true), valid(-2, 'a', null, false))).toEqual({
      numbers: [1.5, 1, -2, 0],
      codes: [1, 1, 0, 0],
    });
  });

  test('leaves the slots of computed numbers as they are', () => {
    const wider = { ...slots, computed: 2 };
    const into = allocateRows(wider, 2);
    into.numbers.fill(7);
    compileEncoder(wider)(valid(1.5, 'b', null, true), 1, into);
    expect([...into.numbers]).toEqual([7, 7, 7, 7, 1.5, 1, 7, 7]);
  });

  test('tells missing from unknown', () => {
    expect(encoded(valid(null, null, null, null), valid(0, 'z', null, true))).toEqual({
      numbers: [NaN, NaN, 0, 1],
      codes: [-2, -2, -1, 1],
    });
  });

  test("tells the text '1' from the number, which is the same as true", () => {
    const codes = ['1', 1, true, -0].map((value) => encoded(valid(0, value, null, true)).codes[0]);
    expect(codes).toEqual([2, 3, 3, -1]);
  });
});
