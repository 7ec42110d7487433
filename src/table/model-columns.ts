import { ThicketError } from '../core/errors.ts';
import type { Field, FieldRules, RowSchema } from '../schema/fields.ts';
import { fieldsThatAreRead } from '../schema/validate.ts';
import type { CellColumn } from './cells.ts';
import type { TableEncoding } from './encoding.ts';
import type { TableRecord } from './record-reader.ts';
import { type Placement, compileRowReader } from './rows.ts';
import type { TableOptions } from './table-options.ts';

/** From so many columns on, a first line of 0, 1, 2, ... can only be what pandas writes above them. */
const COUNTED_COLUMNS_SURE = 3;
/** Columns of a table: no model has as many fields, and each costs a name. */
const COLUMNS_MAX = 262_144;
/** Columns that an error names. */
const COLUMNS_LISTED_MAX = 10;

const NOTES = {
  rowNumbers: 'the first column is passed over: it has no name, as the row numbers of pandas',
  header: 'its first line counts up and is taken for a header; --header no reads it as a row',
  row: 'its first line is read as a row; --header yes takes it for a header',
} as const;

/** The meaning of a table's first line to a model. */
export interface FirstLine {
  readonly isHeader: boolean;
  readonly placement: Placement;
  /** Said where the line might as well be the other, or where a column is passed over. */
  readonly note: string | null;
}

/** A field of a model as a column of a table. Its finite bounds are the validator's. */
export function columnOf(field: Field, { categories }: FieldRules): CellColumn {
  const isWhole = field.type === 'number' && field.integer === true;
  return { name: field.name, type: isWhole ? 'integer' : field.type, categories };
}

/** The model's file named no fields: they are called by their positions. */
export function areUnnamed(fields: readonly Field[]): boolean {
  return fields.every(({ name }, at) => name === `x${at}`);
}

/**
 * Places a model's columns by the names of the first line, or by position where the model's file named
 * none, or where there is no header.
 * @param records The first ones of the table, which tell a header of numbers from a row.
 */
export function readFirstLine(
  records: readonly TableRecord[],
  schema: RowSchema,
  table: { readonly path: string; readonly encoding: TableEncoding },
  { header = 'auto', missing }: TableOptions = {},
): FirstLine {
  const [{ cells }] = records as [TableRecord];
  const { fields } = schema;
  if (cells.length > COLUMNS_MAX) {
    const sentence = `${table.path} has ${cells.length} columns; at most ${COLUMNS_MAX} are read.`;
    throw new ThicketError('TABLE_REFUSED', sentence);
  }
  const isNamed = !areUnnamed(fields) || fields.some(({ name }) => cells.includes(name));
  if (isNamed && header !== 'no') {
    return { isHeader: true, placement: placeByName(cells, schema, table.path), note: null };
  }
  const placement = placeByPosition(cells, fields.length, header, table.path);
  const taken = (isHeader: boolean, note: string | null = null): FirstLine => ({
    isHeader,
    placement,
    note,
  });
  if (header !== 'auto') return taken(header === 'yes');
  if (placement.width > fields.length) return taken(true, NOTES.rowNumbers);
  const columns = fields.map((field, at) => columnOf(field, schema.rules[at]!));
  const asRow = compileRowReader(columns, placement, table, missing)(records[0]!);
  if (asRow.rejection !== null) return taken(true);
  return isCountedHeader(records) ? taken(true, NOTES.header) : taken(false, NOTES.row);
}

/**
 * A first line of numbers that count up by one is a header: 0, 1, 2, ... of three columns or more always,
 * a shorter one, or one from another number on (2019, 2020, 2021), unless it comes again as a row.
 */
export function isCountedHeader(records: readonly TableRecord[]): boolean {
  const [first, ...others] = records.map(({ cells }) => cells);
  if (first === undefined || !/^\d+$/.test(first[0]!)) return false;
  const start = Number(first[0]);
  if (!first.every((cell, at) => cell === String(start + at))) return false;
  if (start === 0 && first.length >= COUNTED_COLUMNS_SURE) return true;
  if (start !== 0 && first.length < COUNTED_COLUMNS_SURE) return false;
  const line = first.join();
  return !others.some((cells) => cells.join() === line);
}

/** pandas' name of a column without one, which a model that was trained on it has, too. */
export function headerNames(header: readonly string[]): readonly string[] {
  return header.map((name, at) => (name === '' ? `Unnamed: ${at}` : name));
}

function placeByName(header: readonly string[], schema: RowSchema, path: string): Placement {
  const names = headerNames(header);
  const required = fieldsThatAreRead(schema);
  const absent: string[] = [];
  const positions = schema.fields.map(({ name }, at) => {
    const position = names.indexOf(name);
    if (position < 0 && required[at]) absent.push(name);
    if (position !== names.lastIndexOf(name)) {
      throw new ThicketError('TABLE_REFUSED', `${path} has two columns named ${name}.`);
    }
    return position;
  });
  if (absent.length > 0) {
    const listed = absent.slice(0, COLUMNS_LISTED_MAX).join(', ');
    const more = absent.length > COLUMNS_LISTED_MAX ? ', ...' : '';
    throw new ThicketError(
      'TABLE_REFUSED',
      `${path} lacks ${absent.length} of the columns that the model reads: ${listed}${more}.`,
    );
  }
  return { positions, width: header.length };
}

/** Beside the model's columns there may be pandas' row numbers, below an empty name. */
function placeByPosition(
  first: readonly string[],
  count: number,
  header: TableOptions['header'],
  path: string,
): Placement {
  const skipped = header !== 'no' && first.length === count + 1 && first[0] === '' ? 1 : 0;
  if (first.length !== count + skipped) {
    throw new ThicketError(
      'TABLE_REFUSED',
      `${path} has ${first.length} columns; the model takes ${count} by position.`,
    );
  }
  const positions = Array.from({ length: count }, (_, at) => at + skipped);
  return { positions, width: first.length };
}
