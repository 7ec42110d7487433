import {
  ARITHMETIC,
  type Formula,
  type Operation,
  type OperationName,
} from '../formula/formula.ts';
import { numberText } from '../store/copy.ts';
import { quotedText } from '../store/names.ts';

/** Formulas as SQL over a table expression. */
export interface FormulaSql {
  /** A table expression: the given one with what the formulas compute on the way. Its alias is `t`. */
  readonly from: string;
  /** One expression over `t` for each formula. */
  readonly results: readonly string[];
}

/**
 * SQL that computes formulas as formula.ts says, and never raises: Postgres ends a statement over a
 * division by zero, an overflow and an underflow, so each is asked for before it happens. An operand that
 * is asked for and then used stands twice in the SQL. It is computed once, in a subquery of its own level:
 * otherwise the text would double with every operation.
 *
 * @param from A table expression. `columns` are its columns that hold the fields, as SQL.
 */
export function compileFormulas(
  formulas: readonly Formula[],
  from: string,
  columns: ReadonlyMap<string, string>,
): FormulaSql {
  const writer = new Writer(columns);
  const results = formulas.map((formula) => writer.expression(formula).sql);
  const nested = writer.levels.reduce(
    // Without OFFSET the planner would put the expressions back into each other.
    (inner, level) => `(select t.*, ${level.join(', ')} from ${inner} as t offset 0)`,
    from,
  );
  return { from: `${nested} as t`, results };
}

/** An expression, and the number of levels that must lie below it. */
interface Expression {
  readonly sql: string;
  readonly level: number;
}

class Writer {
  /** The computed columns of each level, the innermost first. */
  readonly levels: string[][] = [];
  readonly #columns: ReadonlyMap<string, string>;
  #computed = 0;

  constructor(columns: ReadonlyMap<string, string>) {
    this.#columns = columns;
  }

  expression(formula: Formula): Expression {
    if (formula.kind === 'constant') return { sql: constantSql(formula.value), level: 0 };
    if (formula.kind === 'field') return { sql: this.#columns.get(formula.name)!, level: 0 };
    return this.#operation(formula);
  }

  #operation({ name, operands }: Operation): Expression {
    const twice = ASKED.has(name);
    const read = operands.map((operand) =>
      twice && operand.kind === 'operation'
        ? this.#column(this.expression(operand))
        : this.expression(operand),
    );
    return {
      sql: SQL[name](...read.map(({ sql }) => sql)),
      level: Math.max(...read.map(({ level }) => level)),
    };
  }

  /** The value of an expression as a column of the next level. */
  #column({ sql, level }: Expression): Expression {
    const name = `v${this.#computed++}`;
    (this.levels[level] ??= []).push(`${sql} as ${name}`);
    return { sql: `t.${name}`, level: level + 1 };
  }
}

function constantSql(value: number | string | boolean): string {
  if (typeof value === 'number') return float(value);
  return typeof value === 'string' ? `${quotedText(value)}::text` : String(value);
}

function float(value: number): string {
  return `'${numberText(value)}'::float8`;
}

const LARGEST = float(ARITHMETIC.largest);
const SMALLEST = float(ARITHMETIC.smallest);
/** Roughly the same bounds, for the question whether the operation itself may be asked for. */
const OVERFLOW = float(ARITHMETIC.largest * 2);
const UNDERFLOW = float(ARITHMETIC.smallest / 2);

/** Operations whose operands are asked for and then used. */
const ASKED: ReadonlySet<OperationName> = new Set([
  'add',
  'subtract',
  'multiply',
  'divide',
  'min',
  'max',
  'sqrt',
  'log',
  'log1p',
  'exp',
]);

/** A CASE without a last ELSE is missing; nested ones, because AND does not promise an order. */
const SQL: Readonly<Record<OperationName, (...operands: string[]) => string>> = {
  negate: (a) => `(- ${a})`,
  add: (a, b) => sum(a, '+', b),
  subtract: (a, b) => sum(a, '-', b),
  multiply: (a, b) => `case when ${a} = 0 or ${b} = 0 then ${a} * ${b}
    when case when abs(${b}) > 1 then abs(${a}) <= ${OVERFLOW} / abs(${b})
      else abs(${a}) >= ${UNDERFLOW} / abs(${b}) end
    then ${withinBounds(`${a} * ${b}`)} end`,
  divide: (a, b) => `case when ${b} = 0 then null when ${a} = 0 then 0 * abs(${b})
    when case when abs(${b}) < 1 then abs(${a}) <= ${OVERFLOW} * abs(${b})
      else abs(${a}) >= ${UNDERFLOW} * abs(${b}) end
    then ${withinBounds(`${a} / ${b}`)} end`,
  less: (a, b) => `(${a} < ${b})`,
  less_or_equal: (a, b) => `(${a} <= ${b})`,
  greater: (a, b) => `(${a} > ${b})`,
  greater_or_equal: (a, b) => `(${a} >= ${b})`,
  equal: (a, b) => `(${a} = ${b})`,
  not_equal: (a, b) => `(${a} <> ${b})`,
  and: (a, b) => `(${a} and ${b})`,
  or: (a, b) => `(${a} or ${b})`,
  not: (a) => `(not ${a})`,
  // The condition stands once; a missing one is neither.
  where: (condition, a, b) => `case ${condition} when true then ${a} when false then ${b} end`,
  min: (...all) => ofAll('least', all),
  max: (...all) => ofAll('greatest', all),
  abs: (a) => `abs(${a})`,
  sqrt: (a) => `case when ${a} >= 0 then sqrt(${a}) end`,
  log: (a) => `case when ${a} > 0 then ln(${a}) end`,
  // Postgres has no log1p. The quotient takes back what rounding 1 + a has lost of a.
  log1p: (a) => `case when 1 + ${a} = 1 then ${a}
    when ${a} > -1 then ln(1 + ${a}) * (${a} / ((1 + ${a}) - 1)) end`,
  exp: (a) => `case when ${a} between ${float(ARITHMETIC.exponentMin)}
    and ${float(ARITHMETIC.exponentMax)} then exp(${a}) end`,
  floor: (a) => `floor(${a})`,
  ceil: (a) => `ceil(${a})`,
  is_missing: (a) => `(${a} is null)`,
};

function sum(a: string, sign: '+' | '-', b: string): string {
  const within = [a, b].map((each) => `abs(${each}) <= ${LARGEST}`).join(' and ');
  return `case when ${within} then ${a} ${sign} ${b} end`;
}

function withinBounds(result: string): string {
  return `case when abs(${result}) between ${SMALLEST} and ${LARGEST} then ${result} end`;
}

/** LEAST and GREATEST pass over what is missing. */
function ofAll(name: string, all: readonly string[]): string {
  const present = all.map((each) => `${each} is not null`).join(' and ');
  return `case when ${present} then ${name}(${all.join(', ')}) end`;
}
