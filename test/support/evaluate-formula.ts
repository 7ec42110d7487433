import { ARITHMETIC, type Formula, type OperationName } from '../../src/formula/formula.ts';

export type Value = number | string | boolean | null;

/** A formula by the sentences of formula.ts, as plainly as they can be written. */
export function evaluate(formula: Formula, row: Readonly<Record<string, Value>>): Value {
  if (formula.kind === 'constant') return formula.value;
  if (formula.kind === 'field') return row[formula.name] ?? null;
  const values = formula.operands.map((operand) => evaluate(operand, row));
  return ASK[formula.name]?.(values) ?? operate(formula.name, values);
}

/** Operations that may have a value though an operand is missing. */
const ASK: Partial<Record<OperationName, (values: readonly Value[]) => Value>> = {
  is_missing: ([value]) => value === null,
  and: (values) => (values.includes(false) ? false : null),
  or: (values) => (values.includes(true) ? true : null),
  where: ([condition, a, b]) => (condition === null ? null : condition ? a! : b!),
};

function operate(name: OperationName, values: readonly Value[]): Value {
  if (name === 'where' || values.includes(null)) return null;
  const [a, b] = values as number[];
  const result = OPERATE[name]!(a!, b!, values as number[]);
  return typeof result === 'number' && !Number.isFinite(result) ? null : result;
}

const { largest, smallest, exponentMin, exponentMax } = ARITHMETIC;

const OPERATE: Partial<
  Record<OperationName, (a: number, b: number, all: readonly number[]) => number | boolean>
> = {
  negate: (a) => -a,
  add: (a, b) => (areSummands(a, b) ? a + b : Number.NaN),
  subtract: (a, b) => (areSummands(a, b) ? a - b : Number.NaN),
  multiply: (a, b) => (a === 0 || b === 0 ? 0 : withinBounds(a * b)),
  divide: (a, b) => (a === 0 && b !== 0 ? 0 : withinBounds(a / b)),
  less: (a, b) => a < b,
  less_or_equal: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greater_or_equal: (a, b) => a >= b,
  equal: (a, b) => a === b,
  not_equal: (a, b) => a !== b,
  and: () => true, // No operand is missing or false.
  or: () => false,
  not: (a) => !a,
  min: (_, __, all) => Math.min(...all),
  max: (_, __, all) => Math.max(...all),
  abs: Math.abs,
  sqrt: Math.sqrt,
  log: (a) => (a > 0 ? Math.log(a) : Number.NaN),
  log1p: (a) => (a > -1 ? Math.log1p(a) : Number.NaN),
  exp: (a) => (a >= exponentMin && a <= exponentMax ? Math.exp(a) : Number.NaN),
  floor: Math.floor,
  ceil: Math.ceil,
};

function areSummands(a: number, b: number): boolean {
  return Math.abs(a) <= largest && Math.abs(b) <= largest;
}

function withinBounds(result: number): number {
  const size = Math.abs(result);
  return size >= smallest && size <= largest ? result : Number.NaN;
}
