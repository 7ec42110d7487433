import { describe, expect, test } from 'vitest';
import {
  roundedExp,
  roundedExp2,
  roundedExpm1,
  roundedLog,
  roundedLog10,
  roundedLog1p,
  roundedLog2,
  roundedPower,
  sigmoid,
} from '../../src/model/numbers/rounded.ts';

/** Fixed point with so many binary places: the oracle's arithmetic, in whole numbers. */
const PLACES = 400n;
const ONE = 1n << PLACES;

/** A double is a whole number times a power of two, so this is exact. */
function fixed(x: number): bigint {
  let scaled = x;
  let places = 0n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    places += 1n;
  }
  return (BigInt(scaled) << PLACES) >> places;
}

/** The series, on an argument halved 32 times; each squaring doubles it again. */
function expFixed(x: bigint): bigint {
  const small = x >> 32n;
  let sum = ONE;
  let term = ONE;
  for (let n = 1n; term !== 0n && n < 40n; n++) {
    term = ((term * small) >> PLACES) / n;
    sum += term;
  }
  for (let at = 0; at < 32; at++) sum = (sum * sum) >> PLACES;
  return sum;
}

function neighbours(x: number): [number, number] {
  const bits = new BigInt64Array(1);
  const number = new Float64Array(bits.buffer);
  number[0] = x;
  bits[0]! -= 1n;
  const [one] = number;
  bits[0]! += 2n;
  return [one!, number[0]];
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}

function isNearest(result: number, truth: bigint): boolean {
  const own = distance(fixed(result), truth);
  return neighbours(result).every((other) => own <= distance(fixed(other), truth));
}

/** exp grows, so the log of x lies where exp passes x: half-way to either neighbour decides. */
function isNearestLog(result: number, x: bigint): boolean {
  const [a, b] = neighbours(result).toSorted((one, other) => one - other);
  const half = (one: number): bigint => (fixed(one) + fixed(result)) / 2n;
  return expFixed(half(a!)) <= x && x <= expFixed(half(b!));
}

/** Numbers between two others, the same in every run. */
function spread(from: number, to: number, count: number): number[] {
  return Array.from(
    { length: count },
    (_, at) => from + (to - from) * (((at + 1) * 0.6180339887) % 1),
  );
}

describe('functions are correctly rounded', () => {
  test('exp', () => {
    const xs = [...spread(-40, 40, 400), ...spread(-1e-3, 1e-3, 50), 0, 1e-300];
    expect(xs.filter((x) => !isNearest(roundedExp(x), expFixed(fixed(x))))).toEqual([]);
  });

  test('log', () => {
    const xs = [...spread(0, 1, 300), ...spread(1, 1e6, 100), ...spread(1 - 1e-6, 1 + 1e-6, 50)];
    expect(xs.filter((x) => x > 0 && !isNearestLog(roundedLog(x), fixed(x)))).toEqual([]);
  });

  test('log1p', () => {
    const xs = [...spread(-0.9, 9, 300), ...spread(-1e-6, 1e-6, 50)];
    const wrong = xs.filter((x) => x !== 0 && !isNearestLog(roundedLog1p(x), ONE + fixed(x)));
    expect(wrong).toEqual([]);
  });

  test('powers of two', () => {
    const ln2 = lnOf2();
    const xs = spread(-30, 30, 300);
    const truth = (x: number): bigint => expFixed((fixed(x) * ln2) >> PLACES);
    expect(xs.filter((x) => !isNearest(roundedExp2(x), truth(x)))).toEqual([]);
  });

  test('expm1', () => {
    const xs = [...spread(-40, 40, 300), ...spread(-0.5, 0.5, 200), ...spread(-1e-9, 1e-9, 50)];
    const wrong = xs.filter(
      (x) => x !== 0 && !isNearest(roundedExpm1(x), expFixed(fixed(x)) - ONE),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    { name: 'log2', of: roundedLog2, base: 2 },
    { name: 'log10', of: roundedLog10, base: 10 },
  ])('$name', ({ of, base }) => {
    const scale = logFixed(base);
    const xs = [...spread(0, 1, 200), ...spread(1.001, 1e6, 100), ...spread(1e-9, 1e-7, 20)];
    const wrong = xs.filter((x) => {
      const [a, b] = neighbours(of(x)).toSorted((one, other) => one - other);
      const half = (one: number): bigint => (fixed(one) + fixed(of(x))) / 2n;
      const back = (one: number): bigint => expFixed((half(one) * scale) >> PLACES);
      return !(back(a!) <= fixed(x) && fixed(x) <= back(b!));
    });
    expect(wrong).toEqual([]);
  });

  test('powers', () => {
    const bases = spread(0.01, 60, 60);
    const wrong = bases.flatMap((x) =>
      spread(-3, 3, 8).filter((y) => {
        const truth = expFixed((logFixed(x) * fixed(y)) >> PLACES);
        return !isNearest(roundedPower(x, y), truth);
      }),
    );
    expect(wrong).toEqual([]);
  });
});

/** Newton's method on exp: each step doubles the places that are right. */
function logFixed(x: number): bigint {
  let y = fixed(Math.log(x));
  for (let step = 0; step < 4; step++) {
    const power = expFixed(y);
    y += ((fixed(x) - power) << PLACES) / power;
  }
  return y;
}

/** 1/2 + 1/8 + 1/24 + ...: the sum of 1 / (n 2^n). */
function lnOf2(): bigint {
  let sum = 0n;
  for (let n = 1n; n < PLACES; n++) sum += (ONE >> n) / n;
  return sum;
}

test.each([
  { name: 'exp of too much is infinite', seen: roundedExp(710), expected: Infinity },
  { name: 'exp of infinity is infinite', seen: roundedExp(Infinity), expected: Infinity },
  {
    name: 'exp of the largest argument is finite',
    seen: roundedExp(709.78),
    expected: 1.7928227943945155e308,
  },
  { name: 'exp of too little is 0', seen: roundedExp(-746), expected: 0 },
  { name: 'exp of minus infinity is 0', seen: roundedExp(-Infinity), expected: 0 },
  { name: 'exp reaches the smallest numbers', seen: roundedExp(-745), expected: 5e-324 },
  { name: 'exp of NaN is NaN', seen: roundedExp(Number.NaN), expected: Number.NaN },
  { name: 'log of 0 is minus infinity', seen: roundedLog(0), expected: -Infinity },
  { name: 'log of 1 is 0', seen: roundedLog(1), expected: 0 },
  { name: 'log of less than 0 is NaN', seen: roundedLog(-1), expected: Number.NaN },
  { name: 'log of the smallest number', seen: roundedLog(5e-324), expected: -744.4400719213812 },
  {
    name: 'log of the largest number',
    seen: roundedLog(Number.MAX_VALUE),
    expected: 709.782712893384,
  },
  { name: 'log1p keeps the sign of 0', seen: roundedLog1p(-0), expected: -0 },
  { name: '2 to the 1024 is infinite', seen: roundedExp2(1024), expected: Infinity },
  { name: '2 to a whole power is exact', seen: roundedExp2(-1074), expected: 5e-324 },
  { name: 'expm1 keeps a small number', seen: roundedExpm1(1e-300), expected: 1e-300 },
  { name: 'expm1 of very little is -1', seen: roundedExpm1(-800), expected: -1 },
  { name: 'log10 of a power of ten is whole', seen: roundedLog10(1e15), expected: 15 },
  { name: 'log2 of a power of two is whole', seen: roundedLog2(2 ** -30), expected: -30 },
  { name: 'log10 of 0 is minus infinity', seen: roundedLog10(0), expected: -Infinity },
  { name: 'a power of 0 is 0', seen: roundedPower(0, 2), expected: 0 },
  { name: 'a square is exact', seen: roundedPower(3, 2), expected: 9 },
  { name: 'the sigmoid of 0 is a half', seen: sigmoid(0), expected: 0.5 },
  { name: 'the sigmoid of very little is 0', seen: sigmoid(-800), expected: 0 },
])('$name', ({ seen, expected }) => {
  expect(seen).toBe(expected);
});
