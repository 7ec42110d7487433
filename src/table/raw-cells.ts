import type { CopyValue } from '../store/copy.ts';
import type { Column } from '../schema/columns.ts';
import { daysOfDate, secondsOfDatetime } from '../schema/dates.ts';

/** What files write where a value is missing. */
const MISSING = new Set(['', 'NA', 'N/A', 'NaN', 'null']);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** The largest and smallest `integer` of Postgres. */
const INTEGER_MAX = 2_147_483_647;
const INTEGER_MIN = -2_147_483_648;
/** As much of a cell as a message repeats. */
const SHOWN_CHARACTERS_MAX = 40;

/** A cell that cannot be what its column says. */
export class CellError extends Error {
  override readonly name = 'CellError';
}

/** @throws {CellError} one reason, in words. */
export function readCell(text: string, column: Pick<Column, 'type'>, damaged: boolean): CopyValue {
  const trimmed = text.trim();
  if (MISSING.has(trimmed)) return null;
  switch (column.type) {
    case 'text':
      refuseBrokenText(text, damaged);
      return text;
    case 'number':
    case 'integer':
      return readNumber(trimmed, column.type);
    case 'boolean':
      return readBoolean(trimmed);
    case 'date':
      if (daysOfDate(trimmed) === null) throw new CellError(`not a date: ${shown(text)}`);
      return trimmed;
    case 'datetime':
      if (secondsOfDatetime(trimmed) === null) throw new CellError(`not a time: ${shown(text)}`);
      return trimmed;
  }
}

/** The words that Python, databases and spreadsheets write. */
function readBoolean(text: string): string {
  if (/^(?:true|1)$/i.test(text)) return 'true';
  if (/^(?:false|0)$/i.test(text)) return 'false';
  throw new CellError(`not true or false: ${shown(text)}`);
}

function readNumber(text: string, type: 'number' | 'integer'): number {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) throw new CellError(`not a number: ${shown(text)}`);
  if (type === 'number') return number;
  if (!Number.isInteger(number) || number > INTEGER_MAX || number < INTEGER_MIN) {
    throw new CellError(`not a whole number: ${shown(text)}`);
  }
  return number;
}

function refuseBrokenText(text: string, damaged: boolean): void {
  if (text.includes('\0')) throw new CellError('holds a zero byte');
  // The decoder puts this letter where bytes were no UTF-8; an undamaged file may hold it rightly.
  if (damaged && text.includes('\ufffd')) throw new CellError('holds bytes that are not UTF-8');
  // Where Windows-1252 has no letter, the decoder leaves a control character that no text uses.
  if (/[\u0081\u008d\u008f\u0090\u009d]/.test(text)) {
    throw new CellError('holds bytes that are neither UTF-8 nor Windows-1252');
  }
}

function shown(text: string): string {
  const cut =
    text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}...` : text;
  return JSON.stringify(cut);
}
