import {
  type Formula,
  FUNCTIONS,
  type Operation,
  type OperationName,
  operation,
  type ValueType,
} from './formula.ts';
import { FormulaError, type Token, tokensOf } from './tokens.ts';

/** Operations inside of each other. What walks a tree calls itself as often. */
export const FORMULA_DEPTH_MAX = 100;

/** Fields that a message lists. */
const FIELDS_LISTED_MAX = 10;

/** Signs and words between two operands, the loosest first. Those of one row are read from the left. */
const BINARY: readonly ReadonlyMap<string, OperationName>[] = [
  new Map([['or', 'or']]),
  new Map([['and', 'and']]),
  new Map([
    ['==', 'equal'],
    ['!=', 'not_equal'],
    ['<', 'less'],
    ['<=', 'less_or_equal'],
    ['>', 'greater'],
    ['>=', 'greater_or_equal'],
  ]),
  new Map([
    ['+', 'add'],
    ['-', 'subtract'],
  ]),
  new Map([
    ['*', 'multiply'],
    ['/', 'divide'],
  ]),
];
const COMPARISON = 2;

const RESERVED: ReadonlySet<string> = new Set(['and', 'or', 'not', 'true', 'false']);

/**
 * The tree of a formula over `fields`:
 *
 *     formula    = and { "or" and }
 *     and        = not { "and" not }
 *     not        = [ "not" ] not | comparison
 *     comparison = sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
 *     sum        = product { ( "+" | "-" ) product }
 *     product    = factor { ( "*" | "/" ) factor }
 *     factor     = "-" factor | number | text | "true" | "false" | field | function | "(" formula ")"
 *     function   = name "(" formula { "," formula } ")"
 *
 * @throws {FormulaError} for the first thing that is wrong, with its position.
 */
export function parseFormula(text: string, fields: ReadonlyMap<string, ValueType>): Formula {
  const parser = new Parser(tokensOf(text), fields);
  return parser.whole();
}

/** A subtree, and how deep it is. */
interface Parsed {
  readonly formula: Formula;
  readonly depth: number;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #fields: ReadonlyMap<string, ValueType>;
  #next = 0;
  #open = 0;

  constructor(tokens: readonly Token[], fields: ReadonlyMap<string, ValueType>) {
    this.#tokens = tokens;
    this.#fields = fields;
  }

  whole(): Formula {
    if (this.#token().kind === 'end') throw new FormulaError('the formula is empty', 0);
    const { formula } = this.#binary(0);
    if (this.#token().kind !== 'end') throw this.#unexpected('an operator or the end');
    return formula;
  }

  #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #binary(row: number): Parsed {
    const operators = BINARY[row];
    if (operators === undefined) return this.#factor();
    if (row === COMPARISON && this.#isWord('not'))
      return this.#unary('not', () => this.#binary(row));
    let left = this.#binary(row + 1);
    for (let count = 0; ; count++) {
      const token = this.#token();
      const joins = token.kind === 'sign' || token.kind === 'word';
      const name = joins ? operators.get(token.text) : undefined;
      if (name === undefined) return left;
      if (row === COMPARISON && count === 1) {
        throw new FormulaError('join two comparisons with and', token.at);
      }
      this.#next++;
      left = apply(name, [left, this.#binary(row + 1)], token.at);
    }
  }

  #factor(): Parsed {
    const token = this.#token();
    switch (token.kind) {
      case 'number':
        this.#next++;
        return constant('number', finite(token));
      case 'text':
        this.#next++;
        return constant('text', token.text);
      case 'field':
        this.#next++;
        return this.#field(token);
      case 'word':
        return this.#word(token);
      case 'sign':
        if (token.text === '-') return this.#unary('negate', () => this.#factor());
        if (token.text === '(') return this.#inParentheses();
        throw this.#unexpected('a value');
      case 'end':
        throw this.#unexpected('a value');
    }
  }

  #word(token: Token): Parsed {
    const name = FUNCTIONS.find((each) => each === token.text);
    const called = this.#tokens[this.#next + 1]!.text === '(';
    if (called && !RESERVED.has(token.text)) {
      if (name !== undefined) return this.#call(name, token.at);
      const sentence = `there is no function ${token.text}; there are ${FUNCTIONS.join(', ')}`;
      throw new FormulaError(sentence, token.at);
    }
    if (token.text === 'true' || token.text === 'false') {
      this.#next++;
      return constant('truth', token.text === 'true');
    }
    if (RESERVED.has(token.text)) throw this.#unexpected('a value');
    this.#next++;
    return this.#field(token);
  }

  #call(name: OperationName, at: number): Parsed {
    this.#next += 2;
    const operands = this.#nested(() => {
      const list = [this.#binary(0)];
      while (this.#isSign(',')) {
        this.#next++;
        list.push(this.#binary(0));
      }
      return list;
    });
    this.#close();
    return apply(name, operands, at);
  }

  #inParentheses(): Parsed {
    this.#next++;
    const inside = this.#nested(() => this.#binary(0));
    this.#close();
    return inside;
  }

  #unary(name: OperationName, operand: () => Parsed): Parsed {
    const { at } = this.#token();
    this.#next++;
    return apply(name, [this.#nested(operand)], at);
  }

  #field({ text, at }: Token): Parsed {
    const type = this.#fields.get(text);
    if (type === undefined) {
      const known = [...this.#fields.keys()];
      const more = known.length > FIELDS_LISTED_MAX ? ', ...' : '';
      const list = `${known.slice(0, FIELDS_LISTED_MAX).join(', ')}${more}`;
      throw new FormulaError(`there is no field ${JSON.stringify(text)}; there are ${list}`, at);
    }
    return { formula: { kind: 'field', type, name: text }, depth: 0 };
  }

  /** Parentheses and signs that are still open; without a bound they would fill the stack. */
  #nested<Result>(read: () => Result): Result {
    if (++this.#open > FORMULA_DEPTH_MAX) throw tooDeep(this.#token().at);
    const result = read();
    this.#open--;
    return result;
  }

  #close(): void {
    if (!this.#isSign(')')) throw this.#unexpected('an operator, a comma or )');
    this.#next++;
  }

  #isSign(text: string): boolean {
    return this.#token().kind === 'sign' && this.#token().text === text;
  }

  #isWord(text: string): boolean {
    return this.#token().kind === 'word' && this.#token().text === text;
  }

  #unexpected(wanted: string): FormulaError {
    const { kind, text, at } = this.#token();
    const found = kind === 'end' ? 'the formula ends' : `${JSON.stringify(text)} stands`;
    return new FormulaError(`${found} where ${wanted} belongs`, at);
  }
}

function apply(name: OperationName, operands: readonly Parsed[], at: number): Parsed {
  const made: Operation | string = operation(
    name,
    operands.map(({ formula }) => formula),
  );
  if (typeof made === 'string') throw new FormulaError(made, at);
  const depth = 1 + Math.max(...operands.map((operand) => operand.depth));
  if (depth > FORMULA_DEPTH_MAX) throw tooDeep(at);
  return { formula: made, depth };
}

function constant(type: ValueType, value: number | string | boolean): Parsed {
  return { formula: { kind: 'constant', type, value }, depth: 0 };
}

function finite({ text, at }: Token): number {
  const number = Number(text);
  if (!Number.isFinite(number)) throw new FormulaError(`${text} is too large for a number`, at);
  return number;
}

function tooDeep(at: number): FormulaError {
  const sentence = `the formula is more than ${FORMULA_DEPTH_MAX} operations deep`;
  return new FormulaError(sentence, at);
}
