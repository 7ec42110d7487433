/**
 * exp, log and their kin, correctly rounded. The libraries that trained a model call their C library or
 * SIMD code for these, whose results are the correctly rounded ones in nearly all cases (their errors
 * are below 0.55 units in the last place); V8's own are up to one unit away, which showed in one answer
 * of seven. So these compute with pairs of doubles, about 75 bits, and round once.
 *
 * A pair is a number and what is left of it: functions return the first and leave the second in `low`.
 */
let low = 0;

/** ln 2 in three parts; the first has so many trailing zeros that small multiples of it are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_MIDDLE = 1.9082149292705877e-10;
const LN2_LOW = 1.1612227229362532e-26;

/** ln 2 in two parts of full precision. */
const LN2 = Math.LN2;
const LN2_REST = 2.3190468138462996e-17;

/** Factors of logarithms, each in two parts. */
const LOG10_E = Math.LOG10E;
const LOG10_E_REST = 1.098319650216765e-17;
const LOG2_E = Math.LOG2E;
const LOG2_E_REST = 2.0355273740931033e-17;

/** Beyond it, 1 more or less is no longer seen in exp, or exp no longer beside 1. */
const EXPM1_LARGE = 40;

/** Powers between these are computed here: near the ends the pairs would overflow or lose bits. */
const POWER_MIN = 1e-290;
const POWER_MAX = 1e290;

/** exp of more overflows; exp of less than the second is 0. */
const EXP_MAX = 709.782712893384;
const EXP_MIN = -745.1332191019412;

/** The argument of the series is halved so often, and its result squared again. */
const HALVINGS = 9;

/** 2^27 + 1: cuts a double into two halves whose products are exact. */
const SPLITTER = 134217729;

export function roundedExp(x: number): number {
  if (Number.isNaN(x) || x > EXP_MAX) return x > 0 ? Infinity : Number.NaN;
  if (x < EXP_MIN) return 0;
  const power = Math.round(x / LN2);
  return timesPowerOf2(expOfRest(x, power), power);
}

/** 2 to the power of x. */
export function roundedExp2(x: number): number {
  if (Number.isNaN(x) || x >= 1024) return x > 0 ? Infinity : Number.NaN;
  if (x < -1075) return 0;
  const power = Math.round(x);
  const product = twoProduct(x - power, LN2);
  const rest = low + (x - power) * LN2_REST;
  return timesPowerOf2(expOfPair(product, rest), power);
}

export function roundedLog(x: number): number {
  const guess = Math.log(x);
  if (!Number.isFinite(guess)) return guess;
  return Math.abs(x - 1) < 2 ** -20 ? logNearOne(x - 1) : improvedLog(guess, x, 0);
}

/** log(1 + x). */
export function roundedLog1p(x: number): number {
  const guess = Math.log1p(x);
  if (!Number.isFinite(guess) || x === 0) return guess;
  if (Math.abs(x) < 2 ** -20) return logNearOne(x);
  const sum = twoSum(1, x);
  return improvedLog(guess, sum, low);
}

/** exp(x) - 1 without losing what little is left of a small x. */
export function roundedExpm1(x: number): number {
  if (Number.isNaN(x) || x > EXPM1_LARGE || x < -EXPM1_LARGE) return roundedExp(x) - 1;
  if (Math.abs(x) < 2 ** -40) return x + (x * x) / 2;
  const power = Math.round(x / LN2);
  if (power === 0) return lessOneOfPair(x, 0);
  const part = expOfRest(x, power) * 2 ** power;
  const partLow = low * 2 ** power;
  const sum = twoSum(part, -1);
  return sum + (low + partLow);
}

/** The logarithm to base 10. */
export function roundedLog10(x: number): number {
  return logByFactor(x, LOG10_E, LOG10_E_REST, Math.log10(x));
}

/** The logarithm to base 2. */
export function roundedLog2(x: number): number {
  return logByFactor(x, LOG2_E, LOG2_E_REST, Math.log2(x));
}

/** x to the power of y, for positive x; what is 0, infinite or nearly so comes from Math.pow. */
export function roundedPower(x: number, y: number): number {
  const guess = Math.pow(x, y);
  if (!(x > 0 && guess > POWER_MIN && guess < POWER_MAX) || x === 1) return guess;
  const logarithm = logPair(x);
  const logarithmLow = low;
  const product = twoProduct(y, logarithm);
  const rest = low + y * logarithmLow;
  const power = Math.round(product / LN2);
  return timesPowerOf2(expOfRest(product, power, rest), power);
}

/** 1 / (1 + exp(-x)), in the operations of scipy's expit. */
export function sigmoid(x: number): number {
  return 1 / (1 + roundedExp(-x));
}

/** The first terms of the series suffice. */
function logNearOne(d: number): number {
  return d + d * d * (-0.5 + d * (1 / 3 - d * 0.25));
}

/** One step of Newton's: log(x) is guess + log(x * exp(-guess)), and that product is near 1. */
function improvedLog(guess: number, x: number, rest: number): number {
  return guess + correction(guess, x, rest);
}

function correction(guess: number, x: number, rest: number): number {
  const power = Math.round(-guess / LN2);
  const mantissa = expOfRest(-guess, power);
  const mantissaLow = low;
  // In two halves: a power of two itself may overflow where its product does not.
  const half = Math.trunc(power / 2);
  const scaled = x * 2 ** half * 2 ** (power - half);
  const scaledRest = rest * 2 ** half * 2 ** (power - half);
  const product = twoProduct(scaled, mantissa);
  const t = product - 1 + (low + scaled * mantissaLow + scaledRest * mantissa);
  return t - 0.5 * t * t;
}

/** log(x) as a pair. */
function logPair(x: number): number {
  const guess = Math.log(x);
  return twoSum(guess, correction(guess, x, 0));
}

/** Near 1 the pair is no more exact than the logarithm is small: there the guess stands. */
function logByFactor(x: number, factor: number, factorRest: number, guess: number): number {
  if (!Number.isFinite(guess) || Math.abs(x - 1) < 2 ** -20) return guess;
  const logarithm = logPair(x);
  const logarithmLow = low;
  const product = twoProduct(logarithm, factor);
  return product + (low + logarithmLow * factor + logarithm * factorRest);
}

/** exp(x + more) / 2^power as a pair. */
function expOfRest(x: number, power: number, more = 0): number {
  const product = twoProduct(power, LN2_MIDDLE);
  const productLow = low + power * LN2_LOW;
  const rest = twoSum(x - power * LN2_HIGH, -product);
  return expOfPair(rest, low - productLow + more);
}

/** exp of a pair that is at most about 0.35. */
function expOfPair(high: number, rest: number): number {
  const p = lessOnePair(high, rest);
  const pLow = low;
  const one = twoSum(1, p);
  return twoSum(one, low + pLow);
}

function lessOneOfPair(high: number, rest: number): number {
  const p = lessOnePair(high, rest);
  return p + low;
}

/** exp - 1 of such a pair. */
function lessOnePair(high: number, rest: number): number {
  const r = high / 2 ** HALVINGS;
  const rLow = rest / 2 ** HALVINGS;
  const square = twoProduct(r, r);
  const squareLow = low + 2 * r * rLow;
  const cubes = (r * square * (1 + (r / 4) * (1 + (r / 5) * (1 + r / 6)))) / 6;
  // p is exp(r) - 1; of exp(2r) - 1 it is known that it is p * (2 + p).
  const start = twoSum(r, square / 2);
  let p = twoSum(start, low + (rLow + squareLow / 2 + cubes));
  let pLow = low;
  for (let doubling = 0; doubling < HALVINGS; doubling++) {
    const s = twoProduct(p, p);
    const sLow = low + 2 * p * pLow;
    p = twoSum(2 * p, s);
    pLow = low + (2 * pLow + sLow);
  }
  low = pLow;
  return p;
}

/** A pair's first half is the pair rounded; below the smallest normal number it rounds once more. */
function timesPowerOf2(value: number, power: number): number {
  if (power > 1023) return value * 2 * 2 ** (power - 1);
  return power < -1022 ? value * 2 ** -1022 * 2 ** (power + 1022) : value * 2 ** power;
}

function twoSum(a: number, b: number): number {
  const sum = a + b;
  const part = sum - a;
  low = a - (sum - part) + (b - part);
  return sum;
}

function twoProduct(a: number, b: number): number {
  const product = a * b;
  const aCut = SPLITTER * a;
  const aHigh = aCut - (aCut - a);
  const aLow = a - aHigh;
  const bCut = SPLITTER * b;
  const bHigh = bCut - (bCut - b);
  const bLow = b - bHigh;
  low = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return product;
}
