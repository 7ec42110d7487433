import { describe, expect, test } from 'vitest';

import { type Formula, FUNCTIONS, type ValueType } from '../../src/formula/formula.ts';
import { FORMULA_DEPTH_MAX, parseFormula } from '../../src/formula/parse.ts';
import { FORMULA_CHARACTERS_MAX, FormulaError } from '../../src/formula/tokens.ts';

const FIELDS: ReadonlyMap<string, ValueType> = new Map([
  ['a', 'number'],
  ['b', 'number'],
  ['größe', 'number'],
  ['Unit Price', 'number'],
  ['odd`name', 'number'],
  ['min', 'number'],
  ['and', 'number'],
  ['city', 'text'],
  ['paid', 'truth'],
]);

/** The tree as a text in which every operation stands before its operands. */
function shown(formula: Formula): string {
  if (formula.kind === 'field') return formula.name;
  if (formula.kind === 'constant') return JSON.stringify(formula.value);
  return `(${[formula.name, ...formula.operands.map(shown)].join(' ')})`;
}

const parsed = (text: string): string => shown(parseFormula(text, FIELDS));

describe('a formula is read with the usual precedence', () => {
  test.each([
    ['a + b * 2', '(add a (multiply b 2))'],
    ['(a + b) * 2', '(multiply (add a b) 2)'],
    ['a - b - 1', '(subtract (subtract a b) 1)'],
    ['a / b / 2', '(divide (divide a b) 2)'],
    ['-a * b', '(multiply (negate a) b)'],
    ['a - -b', '(subtract a (negate b))'],
    ['--a', '(negate (negate a))'],
    ['a + 1 < b * 2', '(less (add a 1) (multiply b 2))'],
    ['not a < b', '(not (less a b))'],
    ['not not paid', '(not (not paid))'],
    ['not paid and paid', '(and (not paid) paid)'],
    ['paid or paid and paid', '(or paid (and paid paid))'],
    ['paid and not a >= 1', '(and paid (not (greater_or_equal a 1)))'],
    ['paid == (a != b)', '(equal paid (not_equal a b))'],
    ["where(city == 'Bonn', 1, a)", '(where (equal city "Bonn") 1 a)'],
    ["where(paid, 'yes', city)", '(where paid "yes" city)'],
    ['max(a, b, 3)', '(max a b 3)'],
    ['is_missing(city) or is_missing(a)', '(or (is_missing city) (is_missing a))'],
    ['1e3 + .5 + 2. + 1.5E-2', '(add (add (add 1000 0.5) 2) 0.015)'],
    ['1<2', '(less 1 2)'],
    ['\n a\t+\n b ', '(add a b)'],
    ['true', 'true'],
  ])('%s', (text, tree) => {
    expect(parsed(text)).toBe(tree);
  });
});

describe('names and texts', () => {
  test.each([
    ['größe', 'größe'],
    ['`Unit Price` * 2', '(multiply Unit Price 2)'],
    ['`odd``name`', 'odd`name'],
    ['min + `and`', '(add min and)'],
    ["city == 'it''s'", '(equal city "it\'s")'],
    ['city == "a ""b"" c"', '(equal city "a \\"b\\" c")'],
    ["city != ''", '(not_equal city "")'],
  ])('%s', (text, tree) => {
    expect(parsed(text)).toBe(tree);
  });
});

describe('a wrong formula is refused at its place', () => {
  test.each([
    ['', 0, 'empty'],
    ['a +', 3, 'the formula ends where a value belongs'],
    ['a + * b', 4, '"*" stands where a value belongs'],
    ['(a + b', 6, 'the formula ends where an operator, a comma or ) belongs'],
    ['a b', 2, '"b" stands where an operator or the end belongs'],
    ['a constructor b', 2, '"constructor" stands'],
    ['a + c', 4, 'there is no field "c"; there are a, b'],
    ['__proto__', 0, 'there is no field'],
    ['sum(a, b)', 0, 'there is no function sum; there are where, min'],
    ['a.b', 1, 'backquotes'],
    ['a = 1', 2, 'equality is written =='],
    ['paid & paid', 5, 'write and'],
    ['a ** 2', 3, '"*" stands where a value belongs'],
    ['a < b < 3', 6, 'join two comparisons with and'],
    ['a + city', 2, '+ takes a number, not a text'],
    ['city < "x"', 5, '< takes a number, not a text'],
    ['a == city', 2, '== takes values of one type, not a number and a text'],
    ['a and paid', 2, 'and takes a truth value, not a number'],
    ['where(a, 1, 2)', 0, 'where takes a truth value, not a number'],
    ["where(paid, 1, 'x')", 0, 'where takes values of one type, not a number and a text'],
    ['min(a)', 0, 'min takes at least 2 values, not 1'],
    ['abs(a, b)', 0, 'abs takes 1 value, not 2'],
    ['abs()', 4, '")" stands where a value belongs'],
    ["city == 'Bonn", 8, "the quote ' is not closed"],
    ['a + 1e999', 4, '1e999 is too large'],
    ['a + 5 $', 6, '"$" has no meaning here'],
    ['a == not paid', 5, '"not" stands where a value belongs'],
    ['and', 0, '"and" stands where a value belongs'],
  ])('%s', (text, at, sentence) => {
    const refused = refusalOf(text);
    expect(refused.message).toContain(sentence);
    expect(refused.at).toBe(at);
  });

  test.each([
    ['parentheses', '('.repeat(2_000)],
    ['signs', '-'.repeat(2_000)],
    ['words', 'not '.repeat(1_000)],
    ['functions', 'abs('.repeat(1_000)],
    ['a chain', `a${' + a'.repeat(1_000)}`],
  ])('too many %s, without filling the stack', (_, text) => {
    expect(refusalOf(text).message).toContain(`more than ${FORMULA_DEPTH_MAX} operations deep`);
  });

  test('a longer one than anybody writes', () => {
    const text = 'a'.padEnd(FORMULA_CHARACTERS_MAX + 1);
    expect(refusalOf(text).message).toContain(`longer than ${FORMULA_CHARACTERS_MAX} characters`);
  });
});

test('as deep as the bound is read', () => {
  expect(parseFormula(`a${' + a'.repeat(FORMULA_DEPTH_MAX)}`, FIELDS).type).toBe('number');
});

test('every function can be called', () => {
  const calls = FUNCTIONS.map((name) =>
    name === 'where'
      ? 'where(paid, a, b)'
      : name === 'min' || name === 'max'
        ? `${name}(a, b)`
        : `${name}(a)`,
  );
  expect(calls.map((call) => parsed(call).slice(1).split(' ')[0])).toEqual(FUNCTIONS);
});

function refusalOf(text: string): FormulaError {
  try {
    parseFormula(text, FIELDS);
  } catch (error) {
    if (error instanceof FormulaError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}
