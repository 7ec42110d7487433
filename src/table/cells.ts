import type { ColumnType } from '../schema/columns.ts';
import { daysOfDate, secondsOfDatetime } from '../schema/dates.ts';
import type { Category } from '../schema/fields.ts';
import type { TableEncoding } from './encoding.ts';
import { type MissingWords, isMissing } from './missing-words.ts';

/** A value as a client could have sent it; dates and times are texts of ISO 8601. */
export type CellValue = string | number | boolean | null;

/** One column, and the type of its cells. */
export interface CellColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Outermost numbers that the column holds; infinities unless stated. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** Values that the column is known to have: a cell that is one of them is it, even a usual missing word. */
  readonly categories?: readonly Category[];
}

/** Bounds of a column whose numbers are finite: neither a table of Postgres nor a model takes others. */
export const FINITE_NUMBERS = { minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE } as const;

/** @throws {CellError} for a cell that is no value of its column. */
export type CellReader = (cell: string) => CellValue;

/** The reason why a cell cannot be what its column says. */
export class CellError extends Error {
  override readonly name = 'CellError';
}

const DECIMAL_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITY_WORD = /^([+-]?)(?:inf|infinity)$/i;
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
/** A C1 control character, which the decoder leaves where Windows-1252 has no letter. */
const NO_WINDOWS_1252 = /[\u0081\u008d\u008f\u0090\u009d]/;
/** As much of a cell as a message repeats. */
const SHOWN_CHARACTERS_MAX = 40;

const TRUTH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['1', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
  ['0', false],
]);

/** A cell of 1 or 0 is a truth value only where its column says so. */
export function isTruthWord(cell: string): boolean {
  return TRUTH_WORDS.has(cell) && !DECIMAL_NUMBER.test(cell);
}

/** The finite double that a decimal number means, or an infinity by its word; null for other texts. */
export function parseNumber(text: string): number | null {
  if (DECIMAL_NUMBER.test(text)) {
    const number = Number(text);
    return Number.isFinite(number) ? number : null;
  }
  const infinity = INFINITY_WORD.exec(text);
  if (infinity === null) return null;
  return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/**
 * Spaces around numbers, truth values and missing words are no part of them; those of a text are.
 * @param text Has the encoding, as far as the table was read.
 */
export function compileCellReader(
  column: CellColumn,
  missing: MissingWords,
  text: { readonly encoding: TableEncoding },
): CellReader {
  if (column.type === 'text') return compileTextReader(column, missing, text);
  const read = compileWordReader(column);
  return (cell) => {
    const word = cell.trim();
    // An empty cell is no number, whichever words are to be kept.
    return word === '' || isMissing(word, missing) ? null : read(word);
  };
}

function compileWordReader(column: CellColumn): CellReader {
  if (column.type === 'boolean') return readBoolean;
  if (column.type === 'date') return (word) => checkedDate(word, daysOfDate(word), 'a date');
  if (column.type === 'datetime') {
    return (word) => checkedDate(word, secondsOfDatetime(word), 'a time');
  }
  return compileNumberReader(column);
}

function checkedDate(word: string, number: number | null, kind: string): string {
  if (number === null) throw new CellError(`not ${kind}: ${shown(word)}`);
  return word;
}

function readBoolean(word: string): boolean {
  const truth = TRUTH_WORDS.get(word);
  if (truth === undefined) throw new CellError(`not true or false: ${shown(word)}`);
  return truth;
}

function compileNumberReader(column: CellColumn): (word: string) => number {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = column;
  const isWhole = column.type === 'integer';
  return (word) => {
    const number = parseNumber(word) ?? numberOfTruth(word);
    if (isWhole && Number.isFinite(number) && !Number.isInteger(number)) {
      throw new CellError(`not a whole number: ${shown(word)}`);
    }
    if (number >= minimum && number <= maximum) return number;
    throw new CellError(
      Number.isFinite(number)
        ? `beyond ${minimum} to ${maximum}: ${shown(word)}`
        : `not a finite number: ${shown(word)}`,
    );
  };
}

/** Tables write a truth column as words where a library that was trained on it takes 1 and 0. */
function numberOfTruth(word: string): number {
  const truth = TRUTH_WORDS.get(word);
  if (truth !== undefined) return Number(truth);
  const comma = DECIMAL_COMMA.test(word) ? ' (numbers have a decimal point)' : '';
  throw new CellError(`not a number: ${shown(word)}${comma}`);
}

function compileTextReader(
  { categories = [] }: CellColumn,
  missing: MissingWords,
  text: { readonly encoding: TableEncoding },
): CellReader {
  const known = new Map<string, Category>();
  // The table of a model that was trained on mixed objects writes the number 1 like the text '1'.
  for (const category of categories) {
    if (typeof category !== 'string') known.set(String(category), category);
  }
  for (const category of categories) {
    if (typeof category === 'string') known.set(category, category);
  }
  const usual = new Set([...missing.usual].filter((word) => !known.has(word)));
  return (cell) => {
    if (missing.named.size > 0 && missing.named.has(cell.trim())) return null;
    const category = known.get(cell);
    if (category !== undefined) return category;
    if (usual.has(cell.trim())) return null;
    refuseBrokenText(cell, text.encoding);
    return cell;
  };
}

function refuseBrokenText(cell: string, { name, damaged }: TableEncoding): void {
  if (cell.includes('\0')) throw new CellError('holds a zero byte');
  // The decoder puts this letter where bytes were no UTF-8; an undamaged file may hold it rightly.
  if (damaged && cell.includes('\ufffd')) throw new CellError('holds bytes that are not UTF-8');
  if (name === 'windows-1252' && NO_WINDOWS_1252.test(cell)) {
    throw new CellError('holds bytes that are neither UTF-8 nor Windows-1252');
  }
}

function shown(text: string): string {
  const cut =
    text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}...` : text;
  return JSON.stringify(cut);
}
