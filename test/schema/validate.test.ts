import { describe, expect, test } from 'vitest';
import { type Issue, ThicketError } from '../../src/core/errors.ts';
import type { RawRow } from '../../src/core/rows.ts';
import type { Field, FieldRules, RowSchema } from '../../src/schema/fields.ts';
import {
  TEXT_CHARACTERS_MAX,
  compileListValidator,
  compileValidator,
} from '../../src/schema/validate.ts';

const ANYTHING: FieldRules = {
  missing: 'reject',
  unknown: 'accept',
  categories: [],
  numberMin: -Number.MAX_VALUE,
  numberMax: Number.MAX_VALUE,
};

/** Every field has a slot, so that every field is required. */
function schemaOf(...fields: (Field & { rules?: Partial<FieldRules> })[]): RowSchema {
  return {
    fields: fields.map(({ rules: _rules, ...field }) => field),
    rules: fields.map(({ rules }) => ({ ...ANYTHING, ...rules })),
    slots: { numbers: fields.map((_, at) => at), computed: 0, codes: [] },
  };
}

function issuesOf(schema: RowSchema, raw: unknown, extraFields: 'ignore' | 'forbid' = 'ignore') {
  try {
    compileValidator(schema, { extraFields })(raw as RawRow);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ThicketError);
    expect((error as ThicketError).code).toBe('ROW_INVALID');
    return (error as ThicketError).issues;
  }
}

const typesOf = (issues: readonly Issue[]): string[] => issues.map(({ type }) => type);

const validate = (schema: RowSchema, raw: RawRow) =>
  compileValidator(schema, { extraFields: 'ignore' })(raw);

const SALES: Field = { name: 'sales', type: 'number', minimum: 0 };
const QUANTITY: Field = {
  name: 'quantity',
  type: 'number',
  integer: true,
  minimum: 1,
  maximum: 99,
};
const SEGMENT: Field = { name: 'segment', type: 'text' };
const RUSH: Field = { name: 'rush', type: 'boolean' };
const ORDER = schemaOf(SALES, QUANTITY, SEGMENT, RUSH);
const GOOD = { sales: 10.5, quantity: 3.0, segment: 'Consumer', rush: false };

describe('a row', () => {
  test('becomes its values in field order', () => {
    const shuffled = { rush: true, segment: '', quantity: 1, sales: 0, other: 'ignored' };
    expect(validate(ORDER, shuffled)).toEqual([0, 1, '', true]);
  });

  test('may come as a list in field order', () => {
    expect(validate(ORDER, { features: [10.5, 3, 'Consumer', false] })).toEqual([
      10.5,
      3,
      'Consumer',
      false,
    ]);
    expect(typesOf(issuesOf(ORDER, { features: [1, 2] }))).toEqual(['too_short']);
    expect(typesOf(issuesOf(ORDER, { features: [1, 2, 3, 4, 5] }))).toEqual(['too_long']);
    expect(typesOf(issuesOf(ORDER, { features: 'all' }))).toEqual(['list_type']);
    expect(issuesOf(ORDER, { features: ['x', 3, 'Consumer', false] })[0]!.loc).toEqual([
      'body',
      'sales',
    ]);
  });

  test('may have a field that is named features', () => {
    const schema = schemaOf({ name: 'features', type: 'number' });
    expect(validate(schema, { features: 4 })).toEqual([4]);
  });

  test.each([
    { name: 'a text', raw: 'sales=1' },
    { name: 'null', raw: null },
    { name: 'a list', raw: [1, 2, 3, 4] },
    { name: 'a number', raw: 7 },
  ])('cannot be $name', ({ raw }) => {
    const issues = issuesOf(ORDER, raw);
    expect(issues).toMatchObject([{ type: 'model_attributes_type', loc: ['body'] }]);
  });
});

describe('a row as a whole', () => {
  test('is refused with everything that is wrong with it at once', () => {
    const issues = issuesOf(ORDER, { sales: 'ten', quantity: 2.5, rush: 1 });
    expect(issues.map(({ type, loc }) => [type, loc[1]])).toEqual([
      ['float_type', 'sales'],
      ['int_from_float', 'quantity'],
      ['missing', 'segment'],
      ['bool_type', 'rush'],
    ]);
  });

  test('may leave out a field that the model never reads', () => {
    const schema = schemaOf(SALES, { ...RUSH, rules: { missing: 'accept' } });
    expect(
      validate({ ...schema, slots: { numbers: [0], computed: 0, codes: [] } }, { sales: 1 }),
    ).toEqual([1, null]);
    expect(typesOf(issuesOf(schema, { sales: 1 }))).toEqual(['missing']);
  });

  test('of the store may lack a field: one that is read is missing, another one is null', () => {
    const schema = schemaOf(SALES, { ...RUSH, rules: { missing: 'accept' } });
    const unread = { ...schema, slots: { numbers: [0], computed: 0, codes: [] } };
    expect(compileListValidator(unread)([1, undefined])).toEqual([1, null]);
    expect(() => compileListValidator(unread)([undefined, true])).toThrow(
      expect.objectContaining({
        issues: [{ type: 'missing', loc: ['body', 'sales'], msg: 'Field required' }],
      }),
    );
  });

  test('may not have other fields where they are forbidden', () => {
    const issues = issuesOf(ORDER, { ...GOOD, customer: 7 }, 'forbid');
    expect(issues).toMatchObject([
      { type: 'extra_forbidden', loc: ['body', 'customer'], input: 7 },
    ]);
    expect(issuesOf(ORDER, GOOD, 'forbid')).toEqual([]);
    const positional = { features: Object.values(GOOD), customer: 7 };
    expect(typesOf(issuesOf(ORDER, positional, 'forbid'))).toEqual(['extra_forbidden']);
  });

  test('does not inherit values from the prototype of every object', () => {
    const schema = schemaOf(
      { name: 'constructor', type: 'text' },
      { name: '__proto__', type: 'text' },
    );
    expect(typesOf(issuesOf(schema, {}))).toEqual(['missing', 'missing']);
    expect(
      validate(schema, JSON.parse('{"constructor": "a", "__proto__": "b"}') as RawRow),
    ).toEqual(['a', 'b']);
  });
});

const REFUSED: { name: string; value: unknown; field?: Partial<Field>; type: string }[] = [
  { name: 'a number sent as text', value: '10.5', type: 'float_type' },
  { name: 'true for 1', value: true, type: 'float_type' },
  { name: 'null where nothing replaces it', value: null, type: 'float_type' },
  { name: 'NaN', value: Number.NaN, type: 'float_type' },
  { name: 'NaN as text', value: 'NaN', type: 'float_type' },
  { name: 'an infinity', value: Infinity, type: 'finite_number' },
  { name: 'a negative infinity', value: -Infinity, type: 'finite_number' },
  { name: 'a list', value: [1], type: 'float_type' },
  { name: 'a number below the range', value: -0.1, type: 'greater_than_equal' },
  {
    name: 'a fraction for an integer',
    value: 1.5,
    field: { integer: true },
    type: 'int_from_float',
  },
  { name: 'a text for an integer', value: '1', field: { integer: true }, type: 'int_type' },
  { name: 'a number above the range', value: 5, field: { maximum: 4 }, type: 'less_than_equal' },
  { name: 'a number for a text', value: 5, field: { type: 'text' }, type: 'string_type' },
  { name: 'a text for true', value: 'true', field: { type: 'boolean' }, type: 'bool_type' },
  { name: 'a text with U+0000', value: 'a\0b', field: { type: 'text' }, type: 'value_error' },
  {
    name: 'a text that is too long',
    value: 'x'.repeat(TEXT_CHARACTERS_MAX + 1),
    field: { type: 'text' },
    type: 'string_too_long',
  },
];

describe('a value', () => {
  test.each(REFUSED)('is refused: $name', ({ value, field, type }) => {
    const schema = schemaOf({ ...SALES, ...field });
    expect(issuesOf(schema, { sales: value })).toMatchObject([{ type, loc: ['body', 'sales'] }]);
  });

  test('is repeated in its issue, but not at any length', () => {
    expect(issuesOf(ORDER, { ...GOOD, sales: 'ten' })[0]!.input).toBe('ten');
    expect(issuesOf(ORDER, { ...GOOD, sales: 'x'.repeat(5000) })[0]!.input).toHaveLength(203);
  });

  test('may be null where the model takes missing values', () => {
    const schema = schemaOf({ ...SALES, rules: { missing: 'accept' } });
    expect(validate(schema, { sales: null })).toEqual([null]);
    expect(typesOf(issuesOf(schema, {}))).toEqual(['missing']);
  });

  test('may not leave what the arithmetic of the source takes', () => {
    const max = 3.4e38;
    const schema = schemaOf({
      name: 'x',
      type: 'number',
      rules: { numberMin: -max, numberMax: max },
    });
    expect(validate(schema, { x: -max })).toEqual([-max]);
    expect(typesOf(issuesOf(schema, { x: 1e39 }))).toEqual(['less_than_equal']);
    expect(typesOf(issuesOf(schema, { x: -1e39 }))).toEqual(['greater_than_equal']);
  });

  test('must be a known category where the source raises on others', () => {
    const rules = { unknown: 'reject', categories: ['East', 'West'] } as const;
    const schema = schemaOf({ name: 'region', type: 'text', rules });
    expect(validate(schema, { region: 'West' })).toEqual(['West']);
    const [issue] = issuesOf(schema, { region: 'North' });
    expect(issue).toMatchObject({ type: 'literal_error', msg: "Input should be 'East' or 'West'" });
  });

  test('may be of any type that a category of its text field has', () => {
    const rules = { categories: ['a', 1] };
    const schema = schemaOf({ name: 'mixed', type: 'text', rules });
    expect(validate(schema, { mixed: 2 })).toEqual([2]);
    expect(typesOf(issuesOf(schema, { mixed: true }))).toEqual(['string_type']);
  });
});
