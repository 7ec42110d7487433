import { describe, expect, test } from 'vitest';

import { buildShaped } from '../../src/http/server/json/build.ts';
import { readJson } from '../../src/http/server/json/read-json.ts';
import { type Shape, SINGLE, listOf, objectOf } from '../../src/http/server/json/shape.ts';
import { JsonTexts, MEMBER_NAMES } from '../support/json-texts.ts';

const ROW = objectOf(MEMBER_NAMES.filter((name) => name !== 'other').map((name) => [name, SINGLE]));
const SHAPES: readonly Shape[] = [
  SINGLE,
  ROW,
  objectOf([['features', listOf(SINGLE, 3)]], 2),
  objectOf([['rows', listOf(ROW, 2)]]),
  listOf(ROW, 2),
];

/** Without JSON.parse for small texts. */
function build(text: string, shape: Shape = ROW): unknown {
  const steps = buildShaped(Buffer.from(text), shape);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const read = (text: string, shape: Shape = ROW): unknown => readJson(Buffer.from(text), shape);

/** The part of a value that the shape names, by another road than the reader's. */
function partOf(value: unknown, shape: Shape): unknown {
  if (Array.isArray(value) && shape.kind === 'list') {
    const part = value.slice(0, shape.itemsMax).map((item) => partOf(item, shape.items));
    part.length = value.length;
    return part;
  }
  if (!isObject(value) || shape.kind !== 'object') return value;
  const shapes = new Map(shape.members.map((member) => [member.name, member.shape]));
  const others = Object.keys(value).filter((name) => !shapes.has(name));
  const entries = Object.entries(value).flatMap(([name, each]) => {
    const known = shapes.get(name);
    if (known !== undefined) return [[name, partOf(each, known)] as const];
    return others.indexOf(name) < shape.othersMax ? [[name, each] as const] : [];
  });
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function outcomeOf(reading: () => unknown): unknown {
  try {
    return { value: reading() };
  } catch {
    return 'refused';
  }
}

test('of 40,000 texts, half of them damaged, the same are taken as by JSON.parse, with the same values', () => {
  const texts = new JsonTexts(1);
  let [taken, refused] = [0, 0];
  for (let run = 0; run < 40_000; run++) {
    const whole = texts.whole();
    const text = run % 2 === 0 ? whole : texts.damaged(whole);
    if (text.length > 300) continue; // A longer list that no shape names might be left unbuilt.
    const shape = SHAPES[run % SHAPES.length]!;
    const expected = outcomeOf(() => partOf(JSON.parse(text), shape));
    expect(
      outcomeOf(() => build(text, shape)),
      text,
    ).toEqual(expected);
    if (expected === 'refused') refused++;
    else taken++;
  }
  expect(taken).toBeGreaterThan(10_000);
  expect(refused).toBeGreaterThan(5_000);
});

describe('as JSON.parse', () => {
  test('the last member of a name counts, whatever its kind', () => {
    const text = '{"sales": {"deep": [1]}, "sales": 2, "quantity": 1, "quantity": [3]}';
    expect(build(text)).toEqual({ sales: 2, quantity: [3] });
  });

  test('__proto__ is a member like any other', () => {
    const value = build('{"__proto__": {"sales": 1}}') as object;
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test.each(['-0', '0.1', '123456789012345678', '1e400', '-1e-400', '4.9e-324', '9'.repeat(400)])(
    '%s is the same number',
    (text) => expect(build(text, SINGLE)).toBe(JSON.parse(text)),
  );

  test.each([
    '\ufeff{}',
    '{}\u00a0',
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '"\t"',
    '"\\x"',
    '"\\u00g0"',
    'nul',
    "{'a':1}",
    '[1,]',
    '{"a":1,}',
    '{"a"}',
    '{1:2}',
    '{,}',
    '[',
    '',
    '{} {}',
    'NaN',
    '/**/{}',
  ])('%j is refused', (text) => {
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(() => build(text)).toThrow(expect.objectContaining({ code: 'BODY_MALFORMED' }));
  });
});

describe('a large body', () => {
  const LARGE = 5_000;
  const valid = '"sales": 1, "quantity": 2}';

  test.each([
    { name: 'lists within lists', text: `${'['.repeat(LARGE)}${']'.repeat(LARGE)}` },
    { name: 'objects within objects', text: `${'{"a":'.repeat(LARGE)}1${'}'.repeat(LARGE)}` },
    { name: 'many numbers', text: `[${'1,'.repeat(LARGE)}1]` },
    { name: 'a long text', text: JSON.stringify('a\n'.repeat(LARGE)) },
    { name: 'a long number', text: '7'.repeat(LARGE) },
    { name: 'many members', text: `{${'"a":1,'.repeat(LARGE)}"b":2}` },
  ])('builds nothing of an unknown field with $name', ({ text }) => {
    expect(read(`{"other": ${text}, ${valid}`)).toEqual({ sales: 1, quantity: 2 });
  });

  test('says nothing of a known field whose value is too large to be shown', () => {
    const value = read(
      `{"sales": [${'1,'.repeat(LARGE)}1], "quantity": {"a":"${' '.repeat(LARGE)}"}}`,
    );
    expect(JSON.stringify(value)).toBe('{}');
    expect(value).toEqual({ sales: expect.any(Array), quantity: expect.any(Object) });
  });

  test('builds as many items of a list as its shape has, and tells how many there are', () => {
    const shape = objectOf([['features', listOf(SINGLE, 3)]]);
    const { features } = read(`{"features": [${'7,'.repeat(LARGE)}8]}`, shape) as {
      features: unknown[];
    };
    expect(features).toHaveLength(LARGE + 1);
    expect(Object.keys(features)).toEqual(['0', '1', '2']);
  });

  test('builds the first unknown members where they are to be named', () => {
    const members = Array.from({ length: LARGE }, (_, at) => `"n${at}": ${at}`).join();
    const shape = objectOf([['sales', SINGLE]], 2);
    expect(read(`{${members}, "sales": 1}`, shape)).toEqual({ n0: 0, n1: 1, sales: 1 });
  });

  test.each([
    { name: 'nests too deeply', text: '['.repeat(70_000), sentence: 'nests deeper than 65536' },
    {
      name: 'holds too many values',
      text: `[${'1,'.repeat(4_200_000)}1]`,
      sentence: '4194304 values',
    },
  ])('that $name is refused', ({ text, sentence }) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        code: 'BODY_TOO_LARGE',
        message: expect.stringContaining(sentence),
      }),
    );
  });
});

describe('the place of a mistake', () => {
  const padding = ' '.repeat(5_000);
  test.each([
    { text: '{"sales": 1,}', place: '"}" is unexpected at line 1, column 13' },
    { text: '{"sales": NaN}', place: '"N" is unexpected at line 1, column 11' },
    { text: '{\n  "é": 1,\r\n  "𝄞" 2}', place: '"2" is unexpected at line 3, column 8' },
    { text: '{"sales": 1', place: 'the end is unexpected at line 1, column 12' },
    { text: '{"a": "b\n"}', place: '"\\n" is unexpected at line 1, column 9' },
    { text: `{"a": 1}${padding}𝄞`, place: '"𝄞" is unexpected at line 1, column 5009' },
  ])('$place', ({ text, place }) => {
    const sentence = `the body is not JSON: ${place}`;
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'BODY_MALFORMED', message: sentence }),
    );
  });
});
