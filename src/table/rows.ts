import { type CellColumn, CellError, type CellValue, compileCellReader } from './cells.ts';
import type { TableEncoding } from './encoding.ts';
import { MISSING_WORDS, type MissingWords } from './missing-words.ts';
import type { TableRecord } from './record-reader.ts';

/** Why a row of a table has no values. */
export interface Rejection {
  /** On which the record begins, counted from 1 with the header. */
  readonly line: number;
  /** Null: the record as a whole. */
  readonly column: string | null;
  readonly reason: string;
}

/** The sentence of a rejection, the same in every command. */
export function rejectionText({ line, column, reason }: Rejection): string {
  return `line ${line}${column === null ? '' : `, column ${column}`}: ${reason}`;
}

/** One row of a table: its values in the order of the columns that were asked for, or why it has none. */
export interface TableRow {
  readonly line: number;
  readonly values: readonly CellValue[];
  readonly rejection: Rejection | null;
}

/** Where a table has the columns that are asked for. */
export interface Placement {
  /** Per column: the position of its cells; -1 where the table has none, and its values are missing. */
  readonly positions: readonly number[];
  /** Cells in a record. */
  readonly width: number;
}

/** Turns the records of a table into rows of typed values. */
export function compileRowReader(
  columns: readonly CellColumn[],
  { positions, width }: Placement,
  text: { readonly encoding: TableEncoding },
  missing: MissingWords = MISSING_WORDS,
): (record: TableRecord) => TableRow {
  const readers = columns.map((column) => compileCellReader(column, missing, text));
  return ({ line, cells }) => {
    if (cells.length !== width) {
      const rejection = { line, column: null, reason: otherWidth(cells, width) };
      return { line, values: [], rejection };
    }
    const values: CellValue[] = [];
    for (let at = 0; at < readers.length; at++) {
      const position = positions[at]!;
      try {
        values.push(position < 0 ? null : readers[at]!(cells[position]!));
      } catch (error) {
        if (!(error instanceof CellError)) throw error;
        const rejection = { line, column: columns[at]!.name, reason: error.message };
        return { line, values: [], rejection };
      }
    }
    return { line, values, rejection: null };
  };
}

/** A quote at the start of a cell that is closed on a later line takes the lines between into the cell. */
function otherWidth(cells: readonly string[], width: number): string {
  const lines = cells.join('').split('\n').length;
  const many = lines > 1 ? `, on ${lines} lines: is a quote closed too late?` : '';
  return `${cells.length} cells where ${width} belong${many}`;
}
