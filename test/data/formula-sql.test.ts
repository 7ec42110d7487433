import { afterAll, beforeAll, expect, test } from 'vitest';

import { compileFormulas } from '../../src/data/formula-sql.ts';
import type { Formula, ValueType } from '../../src/formula/formula.ts';
import { FORMULA_DEPTH_MAX, parseFormula } from '../../src/formula/parse.ts';
import type { Store } from '../../src/store/store.ts';
import { evaluate, type Value } from '../support/evaluate-formula.ts';
import {
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';

const FIELDS: ReadonlyMap<string, ValueType> = new Map([
  ['a', 'number'],
  ['b', 'number'],
  ['c', 'number'],
  ['s', 'text'],
  ['t', 'text'],
  ['p', 'truth'],
  ['q', 'truth'],
]);
const COLUMNS = new Map([...FIELDS.keys()].map((name) => [name, `t.${name}`]));
const SEED = 20_260_131;
const FORMULAS = 400;
/** Formulas of one query. */
const TOGETHER = 20;
const ROWS = 150;

/** At the ends of the doubles, where Postgres raises. */
const NUMBERS: readonly Value[] = [
  null,
  0,
  -0,
  1,
  -1,
  0.1,
  -2.5,
  3,
  5e-324,
  -5e-324,
  2 ** -1022,
  1e-300,
  -1e-160,
  1e160,
  1e300,
  2 ** 1022,
  2 ** 1023,
  -(2 ** 1023),
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
];
const TEXTS: readonly Value[] = ['', 'x', "it's", 'Zürich', null];
const TRUTHS: readonly Value[] = [true, false, null];
const LITERALS = ['0', '1', '2', '0.1', '1e-320', '1e-200', '1e200', '1.7e308'];

let postgres: TestPostgres;
let store: Store;
const random = seeded(SEED);
const rows = Array.from({ length: ROWS }, randomRow);

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
  await store.query(async (sql) => {
    await sql`create table sample (id int, a float8, b float8, c float8, s text, t text, p bool, q bool)`;
    for (const [id, row] of rows.entries()) {
      const { a, b, c, s, t, p, q } = row;
      const values = [id, ...numbersAsText(a!, b!, c!), s!, t!, p!, q!];
      await sql.unsafe('insert into sample values ($1, $2, $3, $4, $5, $6, $7, $8)', values);
    }
  });
}, STORE_READY_MS_MAX);

afterAll(async () => {
  await store?.stop();
  await postgres?.stop();
});

test(`Postgres gives what the sentences of formula.ts say, for ${FORMULAS} formulas of seed ${SEED}`, async () => {
  let present = 0;
  for (let done = 0; done < FORMULAS; done += TOGETHER) {
    const texts = Array.from({ length: TOGETHER }, () => randomFormula());
    const formulas = texts.map((text) => parseFormula(text, FIELDS));
    const results = await inPostgres(formulas);
    for (const [at, formula] of formulas.entries()) {
      for (const [row, values] of results.entries()) {
        const expected = evaluate(formula, rows[row]!);
        if (expected !== null) present++;
        const found = values[at] as Value;
        // Both zeros are one number for everything that reads them.
        const same = found === expected;
        if (!same) expect({ formula: texts[at], row: rows[row], found }).toEqual(expected);
      }
    }
  }
  expect(present).toBeGreaterThan((FORMULAS * ROWS) / 5);
});

test.each(['log(a)', 'log1p(a)', 'exp(a)', 'log(abs(b) + 1)', 'log1p(a * 1e-9)'])(
  '%s is within 4 units in the last place',
  async (text) => {
    const formula = parseFormula(text, FIELDS);
    for (const [row, [found]] of (await inPostgres([formula])).entries()) {
      const expected = evaluate(formula, rows[row]!);
      if (expected === null) expect(found).toBeNull();
      else {
        const difference = Math.abs(Number(found) - Number(expected));
        expect(difference).toBeLessThanOrEqual(Math.abs(Number(expected)) * 2 ** -50);
      }
    }
  },
);

test.each([
  '1 / 0',
  '0 / 0',
  '1e308 * 10',
  '1e-308 * 1e-308',
  '1e-308 / 1e308',
  '1e308 / 1e-308',
  '1e308 + 1e308',
  '-1e308 - 1e308',
  'sqrt(-1)',
  'log(0)',
  'log1p(-1)',
  'exp(1000)',
  'exp(-1000)',
])('%s is missing, though all of it is constant', async (text) => {
  const [first] = await inPostgres([parseFormula(text, new Map())]);
  expect(first).toEqual([null]);
});

test('a formula of the greatest depth is computed once a level', async () => {
  const text = `${'sqrt(a * '.repeat(FORMULA_DEPTH_MAX / 2)}1${')'.repeat(FORMULA_DEPTH_MAX / 2)}`;
  const results = await inPostgres([parseFormula(text, FIELDS)]);
  const formula = parseFormula(text, FIELDS);
  expect(results.map(([found]) => found)).toEqual(rows.map((row) => evaluate(formula, row)));
});

test('texts keep quotes, backslashes and dollars', async () => {
  const awkward = String.raw`it''s \ \\ \n $1 $$ %`;
  const [[found]] = (await inPostgres([parseFormula(`'${awkward}'`, FIELDS)])) as [[string]];
  expect(found).toBe(awkward.replaceAll("''", "'"));
});

async function inPostgres(formulas: readonly Formula[]): Promise<readonly unknown[][]> {
  const { from, results } = compileFormulas(formulas, 'sample', COLUMNS);
  return store.query((sql) =>
    sql.unsafe(`select ${results.join(', ')} from ${from} order by t.id`).values(),
  );
}

/** Fields, and operations on operands of random depth. */
function randomFormula(): string {
  return pick([numberFormula, truthFormula, textFormula])(6);
}

function numberFormula(depth: number): string {
  if (depth === 0 || random() < 0.15) return pick(['a', 'b', 'c', pick(LITERALS)]);
  const [one, two] = [() => numberFormula(depth - 1), () => numberFormula(depth - 1)];
  return pick([
    () => `(${one()} ${pick(['+', '-', '*', '/'])} ${two()})`,
    () => `(${one()} ${pick(['+', '-', '*', '/'])} ${two()})`,
    () => `(${one()} / ${two()})`,
    () => `-${one()}`,
    () => `${pick(['abs', 'sqrt', 'floor', 'ceil'])}(${one()})`,
    () => `${pick(['min', 'max'])}(${one()}, ${two()}, ${numberFormula(0)})`,
    () => `where(${truthFormula(depth - 1)}, ${one()}, ${two()})`,
  ])();
}

function truthFormula(depth: number): string {
  if (depth === 0 || random() < 0.15) return pick(['p', 'q', 'true', 'false']);
  const [one, two] = [() => truthFormula(depth - 1), () => truthFormula(depth - 1)];
  const [a, b] = [() => numberFormula(depth - 1), () => numberFormula(depth - 1)];
  const [s, t] = [() => textFormula(depth - 1), () => textFormula(depth - 1)];
  return pick([
    () => `(${a()} ${pick(['<', '<=', '>', '>=', '==', '!='])} ${b()})`,
    () => `(${a()} ${pick(['<', '<=', '>', '>='])} ${b()})`,
    () => `(${s()} ${pick(['==', '!='])} ${t()})`,
    () => `(${one()} ${pick(['and', 'or', '==', '!='])} ${two()})`,
    () => `(not ${one()})`,
    () => `is_missing(${pick([a, s, one])()})`,
    () => `where(${one()}, ${two()}, ${truthFormula(0)})`,
  ])();
}

function textFormula(depth: number): string {
  if (depth === 0 || random() < 0.3) return pick(['s', 't', "'x'", "'it''s'"]);
  return `where(${truthFormula(depth - 1)}, ${textFormula(depth - 1)}, ${textFormula(depth - 1)})`;
}

function randomRow(): Record<string, Value> {
  const [a, b, c] = [randomNumber(), randomNumber(), randomNumber()];
  const [s, t] = [pick(TEXTS), pick(TEXTS)];
  return { a, b, c, s, t, p: pick(TRUTHS), q: pick(TRUTHS) };
}

function randomNumber(): Value {
  return random() < 0.5 ? pick(NUMBERS) : (random() - 0.5) * 10 ** pick([0, 1, 3]);
}

/** The client would lose the sign of zero. */
function numbersAsText(...values: Value[]): Value[] {
  return values.map((value) => (Object.is(value, -0) ? '-0' : value));
}

function pick<Choice>(choices: readonly Choice[]): Choice {
  return choices[Math.floor(random() * choices.length)]!;
}

/** The same numbers every time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
