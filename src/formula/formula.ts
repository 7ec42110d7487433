/**
 * A formula computes one value of a row from the row's fields. The tree is neutral: SQL is made of it for
 * tables (data/formula-sql.ts), and a model's stages can be.
 *
 * A value is a finite number (a double), a text, a truth value, or missing. The rules for all of them:
 *
 * - Missing in, missing out. `is_missing` answers, `where` asks only its condition and the value that it
 *   chooses, `false and missing` is false, and `true or missing` is true.
 * - An operation without a finite result is missing: division by zero, the root of a negative number, the
 *   logarithm of a number that is not positive. So is one whose result is too large for a double, or so
 *   small that it would be rounded to zero; ARITHMETIC states the bounds.
 * - Numbers are added, subtracted, multiplied and divided as IEEE doubles, in the order of the tree.
 *   `log`, `log1p` and `exp` may differ in the last places between the libraries that compute them.
 * - A date is the number of its day and a time that of its second, both counted from the start of 1970.
 */
export type Formula = Constant | FieldRead | Operation;

export type ValueType = 'number' | 'text' | 'truth';

export interface Constant {
  readonly kind: 'constant';
  readonly type: ValueType;
  readonly value: number | string | boolean;
}

export interface FieldRead {
  readonly kind: 'field';
  readonly type: ValueType;
  readonly name: string;
}

export interface Operation {
  readonly kind: 'operation';
  readonly type: ValueType;
  readonly name: OperationName;
  readonly operands: readonly Formula[];
}

/** `same`: any type, but one for all operands of this kind, and for the result that says so too. */
type Operand = ValueType | 'any' | 'same';

interface Signature {
  readonly takes: readonly Operand[];
  readonly gives: ValueType | 'same';
  /** The last operand may come again, any number of times. */
  readonly repeats?: true;
}

const NUMBER = { takes: ['number'], gives: 'number' } as const;
const NUMBERS = { takes: ['number', 'number'], gives: 'number' } as const;
const ORDER = { takes: ['number', 'number'], gives: 'truth' } as const;
const EQUALITY = { takes: ['same', 'same'], gives: 'truth' } as const;
const LOGIC = { takes: ['truth', 'truth'], gives: 'truth' } as const;

const SIGNATURES = {
  negate: NUMBER,
  add: NUMBERS,
  subtract: NUMBERS,
  multiply: NUMBERS,
  divide: NUMBERS,
  less: ORDER,
  less_or_equal: ORDER,
  greater: ORDER,
  greater_or_equal: ORDER,
  equal: EQUALITY,
  not_equal: EQUALITY,
  and: LOGIC,
  or: LOGIC,
  not: { takes: ['truth'], gives: 'truth' },
  where: { takes: ['truth', 'same', 'same'], gives: 'same' },
  min: { ...NUMBERS, repeats: true },
  max: { ...NUMBERS, repeats: true },
  abs: NUMBER,
  sqrt: NUMBER,
  log: NUMBER,
  log1p: NUMBER,
  exp: NUMBER,
  floor: NUMBER,
  ceil: NUMBER,
  is_missing: { takes: ['any'], gives: 'truth' },
} as const satisfies Record<string, Signature>;

export type OperationName = keyof typeof SIGNATURES;

/** The operations that a formula calls by name; the others have a sign or a word of their own. */
export const FUNCTIONS = [
  'where',
  'min',
  'max',
  'abs',
  'sqrt',
  'log',
  'log1p',
  'exp',
  'floor',
  'ceil',
  'is_missing',
] as const satisfies readonly OperationName[];

/**
 * Within these bounds no arithmetic overflows or is rounded to zero, and with a factor of two to spare:
 * who must ask before an operation can ask roughly, and look at the result afterwards.
 */
export const ARITHMETIC = {
  /** a + b and a - b are missing where |a| or |b| is larger; a * b and a / b where the result is. */
  largest: 2 ** 1022,
  /** a * b and a / b are missing where the result is smaller, unless a (or a factor) is zero. */
  smallest: 2 ** -1021,
  /** exp(a) is missing below and above. */
  exponentMin: -708,
  exponentMax: 709,
} as const;

/** An operation on operands that fit it, or the sentence that says which does not. */
export function operation(name: OperationName, operands: readonly Formula[]): Operation | string {
  const { takes, gives, repeats }: Signature = SIGNATURES[name];
  if (operands.length < takes.length || (operands.length > takes.length && repeats !== true)) {
    const least = repeats === true ? 'at least ' : '';
    const noun = takes.length === 1 ? 'value' : 'values';
    return `${name} takes ${least}${takes.length} ${noun}, not ${operands.length}`;
  }
  let same: ValueType | null = null;
  for (const [at, { type }] of operands.entries()) {
    const taken = takes[at] ?? takes.at(-1)!;
    if (taken === 'same') same ??= type;
    const wanted = taken === 'same' ? same! : taken;
    if (wanted === 'any' || wanted === type) continue;
    return taken === 'same'
      ? `${NAMES[name] ?? name} takes values of one type, not ${WORDS[same!]} and ${WORDS[type]}`
      : `${NAMES[name] ?? name} takes ${WORDS[wanted]}, not ${WORDS[type]}`;
  }
  return { kind: 'operation', type: gives === 'same' ? same! : gives, name, operands };
}

const WORDS: Readonly<Record<ValueType, string>> = {
  number: 'a number',
  text: 'a text',
  truth: 'a truth value',
};

/** Operations as a formula writes them. */
const NAMES: Readonly<Partial<Record<OperationName, string>>> = {
  negate: '-',
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  less: '<',
  less_or_equal: '<=',
  greater: '>',
  greater_or_equal: '>=',
  equal: '==',
  not_equal: '!=',
};
