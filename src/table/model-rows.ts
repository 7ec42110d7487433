import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { TextDecoderStream } from 'node:stream/web';
import { CsvError, type Info, parse } from 'csv-parse';
import { ThicketError } from '../core/errors.ts';
import { type CellReader, compileCellReader } from '../schema/cells.ts';
import type { Field, RowSchema } from '../schema/fields.ts';
import { fieldsThatAreRead } from '../schema/validate.ts';

/** Bytes of one record: far above any row; an unclosed quote must not swallow the whole file. */
const RECORD_BYTES_MAX = 16 * 1024 * 1024;
/** From so many columns on, a first line of 0, 1, 2, ... is what pandas writes above unnamed columns. */
const COUNTED_HEADER_COLUMNS_MIN = 3;
/** Columns that an error names. */
const COLUMNS_LISTED_MAX = 10;

/** One row of a table: its values in field order, or why it has none. */
export interface TableRow {
  readonly line: number;
  readonly values: readonly unknown[];
  readonly problem: string | null;
}

export interface CsvRecord {
  readonly record: readonly string[];
  readonly info: Info;
}

/** Column of the table for each field; -1 where a field that the model never reads has none. */
interface Columns {
  readonly ofField: readonly number[];
  readonly count: number;
}

/**
 * Rows of a CSV file (`-` is stdin) as values that a client could have sent. Columns are found by the
 * fields' names; where the model's file named none (`x0`, `x1`, ...), by position, and then a header is
 * optional. `onProgress` is told the share of the file that was read.
 */
export async function* tableRows(
  path: string,
  schema: RowSchema,
  onProgress: (done: number) => void = () => undefined,
): AsyncGenerator<TableRow> {
  const readers = schema.fields.map((field, at) => compileCellReader(field, schema.rules[at]!));
  const size = path === '-' ? Number.POSITIVE_INFINITY : await sizeOf(path);
  let columns: Columns | null = null;
  try {
    for await (const { record, info } of csvRecords(path)) {
      if (columns === null) {
        const first = firstLine(record, schema, readers, path);
        columns = first.columns;
        if (first.isHeader) continue;
      }
      if (info.records % 1024 === 0) onProgress(info.bytes / size);
      yield tableRow(record, info, columns, readers);
    }
  } catch (error) {
    throw asTableError(error, path);
  }
  if (columns === null) throw new ThicketError('TABLE_REFUSED', `${path} is empty.`);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw new ThicketError('TABLE_REFUSED', `${path} cannot be read: ${(error as Error).message}.`);
  }
}

/** The records of a CSV file, its first line included. */
export function csvRecords(path: string): AsyncIterable<CsvRecord> {
  const bytes = path === '-' ? process.stdin : createReadStream(path);
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: RECORD_BYTES_MAX,
  });
  // Bytes that are no UTF-8 would become other categories without anybody noticing.
  const checked = Readable.toWeb(bytes).pipeThrough(
    new TextDecoderStream('utf-8', { fatal: true }),
  );
  const text = Readable.fromWeb(checked);
  text.on('error', (error) => parser.destroy(error));
  return text.pipe(parser);
}

function tableRow(
  record: readonly string[],
  info: Info,
  columns: Columns,
  readers: readonly CellReader[],
): TableRow {
  if (record.length !== columns.count) {
    const problem = `it has ${record.length} cells where ${columns.count} belong`;
    return { line: lineOf(record, info), values: [], problem };
  }
  const values = columns.ofField.map((column, field) =>
    column < 0 ? null : readers[field]!(record[column]!),
  );
  return { line: lineOf(record, info), values, problem: null };
}

/** The line on which the record starts: quoted cells may go over several. */
function lineOf(record: readonly string[], info: Info): number {
  let breaks = 0;
  for (const cell of record) {
    for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) breaks++;
  }
  return info.lines - breaks;
}

/** The model's file named no fields: they are called by their positions. */
export function areUnnamed(fields: readonly Field[]): boolean {
  return fields.every(({ name }, at) => name === `x${at}`);
}

function firstLine(
  record: readonly string[],
  schema: RowSchema,
  readers: readonly CellReader[],
  path: string,
): { columns: Columns; isHeader: boolean } {
  const names = schema.fields.map((field) => field.name);
  const positional = areUnnamed(schema.fields);
  if (!positional || names.some((name) => record.includes(name))) {
    return { columns: columnsByName(record, schema, path), isHeader: true };
  }
  if (record.length !== names.length) {
    throw new ThicketError(
      'TABLE_REFUSED',
      `${path} has ${record.length} columns; the model, whose file names none, takes ${names.length} by position.`,
    );
  }
  const isValue = (cell: string, at: number): boolean =>
    schema.fields[at]!.type === 'text' || typeof readers[at]!(cell) !== 'string';
  const columns = { ofField: names.map((_, at) => at), count: names.length };
  return { columns, isHeader: isCount(record) || !record.every(isValue) };
}

/** Shorter ones are as likely a row of values. */
export function isCount(record: readonly string[]): boolean {
  const counts = record.every((cell, at) => cell === String(at));
  return counts && record.length >= COUNTED_HEADER_COLUMNS_MIN;
}

function columnsByName(header: readonly string[], schema: RowSchema, path: string): Columns {
  const required = fieldsThatAreRead(schema);
  const absent: string[] = [];
  const ofField = schema.fields.map(({ name }, at) => {
    const column = header.indexOf(name);
    if (column < 0 && required[at]) absent.push(name);
    if (column !== header.lastIndexOf(name)) {
      throw new ThicketError('TABLE_REFUSED', `${path} has two columns named ${name}.`);
    }
    return column;
  });
  if (absent.length > 0) {
    const listed = absent.slice(0, COLUMNS_LISTED_MAX).join(', ');
    const more = absent.length > COLUMNS_LISTED_MAX ? ', ...' : '';
    throw new ThicketError(
      'TABLE_REFUSED',
      `${path} lacks ${absent.length} of the columns that the model reads: ${listed}${more}.`,
    );
  }
  return { ofField, count: header.length };
}

/** What reading a table failed on, as one sentence; bugs stay what they are. */
export function asTableError(error: unknown, path: string): unknown {
  if (error instanceof CsvError) {
    return new ThicketError('TABLE_REFUSED', `${path}: ${error.message}.`, { cause: error });
  }
  if (
    error instanceof TypeError &&
    'code' in error &&
    error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
  ) {
    return new ThicketError('TABLE_REFUSED', `${path} is not UTF-8.`, { cause: error });
  }
  if (error instanceof Error && 'syscall' in error) {
    const sentence = `${path} cannot be read: ${error.message}.`;
    return new ThicketError('TABLE_REFUSED', sentence, { cause: error });
  }
  return error;
}
