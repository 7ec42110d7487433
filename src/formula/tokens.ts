/** Characters of one formula: a screen full. Longer ones are made by programs, and belong in columns. */
export const FORMULA_CHARACTERS_MAX = 4_096;

/** The first thing that is wrong with a formula, and the position of its character in the text. */
export class FormulaError extends Error {
  override readonly name = 'FormulaError';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** A word is a name of a field, of an operation or of a constant; a field may stand in backquotes too. */
export interface Token {
  readonly kind: 'number' | 'text' | 'word' | 'field' | 'sign' | 'end';
  /** The number's digits, the text or name without its quotes, or the sign itself. */
  readonly text: string;
  readonly at: number;
}

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['word', /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy],
  ['sign', /==|!=|<=|>=|[-+*/()<>,]/y],
];

/** The kind of token by its quote. Inside, the quote itself is written twice. */
const QUOTES: Readonly<Record<string, 'text' | 'field'>> = {
  "'": 'text',
  '"': 'text',
  '`': 'field',
};

/** Signs of other languages, and what stands for them here. */
const ADVICE: Readonly<Record<string, string>> = {
  '=': 'equality is written ==',
  '!': 'write not, or != for inequality',
  '&': 'write and',
  '|': 'write or',
  '?': 'write where(condition, value, other value)',
  '.': 'a field with a dot in its name stands in backquotes',
};

/** @throws {FormulaError} */
export function tokensOf(formula: string): readonly Token[] {
  if (formula.length > FORMULA_CHARACTERS_MAX) {
    const sentence = `the formula is longer than ${FORMULA_CHARACTERS_MAX} characters`;
    throw new FormulaError(sentence, FORMULA_CHARACTERS_MAX);
  }
  const tokens: Token[] = [];
  let at = skipSpace(formula, 0);
  while (at < formula.length) {
    const [token, end] = tokenAt(formula, at);
    tokens.push(token);
    at = skipSpace(formula, end);
  }
  tokens.push({ kind: 'end', text: '', at: formula.length });
  return tokens;
}

function tokenAt(formula: string, at: number): readonly [Token, number] {
  const quoted = QUOTES[formula[at]!];
  if (quoted !== undefined) return quotedAt(formula, at, quoted);
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(formula)?.[0];
    if (text !== undefined) return [{ kind, text, at }, at + text.length];
  }
  const character = String.fromCodePoint(formula.codePointAt(at)!);
  const advice = ADVICE[character];
  const more = advice === undefined ? '' : `: ${advice}`;
  throw new FormulaError(`${JSON.stringify(character)} has no meaning here${more}`, at);
}

function quotedAt(formula: string, at: number, kind: 'text' | 'field'): readonly [Token, number] {
  const quote = formula[at]!;
  let text = '';
  let from = at + 1;
  for (;;) {
    const end = formula.indexOf(quote, from);
    if (end < 0) throw new FormulaError(`the quote ${quote} is not closed`, at);
    text += formula.slice(from, end);
    if (formula[end + 1] !== quote) return [{ kind, text, at }, end + 1];
    text += quote;
    from = end + 2;
  }
}

function skipSpace(formula: string, at: number): number {
  const space = /\s*/y;
  space.lastIndex = at;
  return at + space.exec(formula)![0].length;
}
