import type { Field, FieldRules } from './fields.ts';

/** The words that stand for a missing value in a table file. */
const MISSING_WORDS: ReadonlySet<string> = new Set(['', 'NA', 'N/A', 'NaN', 'null']);

const DECIMAL_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITY_WORD = /^([+-]?)(?:inf|infinity)$/i;

const BOOLEAN_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['1', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
  ['0', false],
]);

/** Whether the cell stands for a missing value. */
export function isMissingCell(cell: string): boolean {
  return MISSING_WORDS.has(cell);
}

/** What a cell of 0 and 1 does not say: it is a truth value by its words. */
export function isTruthWord(cell: string): boolean {
  return BOOLEAN_WORDS.has(cell) && !DECIMAL_NUMBER.test(cell);
}

/**
 * A cell of a table file as a value that a client could have sent. What cannot be read as the field's
 * type stays text, so that the validator names it like any other wrong value.
 */
export type CellReader = (cell: string) => unknown;

export function compileCellReader(field: Field, rules: FieldRules): CellReader {
  const read = READERS[field.type](rules);
  return (cell) => (isMissingCell(cell) ? null : read(cell));
}

const READERS: Record<Field['type'], (rules: FieldRules) => CellReader> = {
  number: () => readNumber,
  boolean: () => (cell) => BOOLEAN_WORDS.get(cell.trim()) ?? cell,
  text: compileTextReader,
};

/** Tables write a truth column as words; the library trained on it, and takes it, as 1 and 0. */
function readNumber(cell: string): unknown {
  const text = cell.trim();
  const number = parseNumber(text);
  if (number !== null) return number;
  const truth = BOOLEAN_WORDS.get(text);
  return truth === undefined ? cell : Number(truth);
}

/** Where the model was trained on mixed objects, `1` in a table may be the number 1. */
function compileTextReader(rules: FieldRules): CellReader {
  const texts = new Set(rules.categories.filter((category) => typeof category === 'string'));
  const others = new Map(
    rules.categories
      .filter((category) => typeof category !== 'string')
      .map((category) => [String(category), category]),
  );
  if (others.size === 0) return (cell) => cell;
  return (cell) => (texts.has(cell) ? cell : (others.get(cell) ?? cell));
}

/** The double that a decimal number means, or null where the text is no such number. */
export function parseNumber(text: string): number | null {
  if (DECIMAL_NUMBER.test(text)) return Number(text);
  const infinity = INFINITY_WORD.exec(text);
  if (infinity === null) return null;
  return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
