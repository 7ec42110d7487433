import type { RowSchema } from '../schema/fields.ts';
import { type CellColumn, FINITE_NUMBERS } from './cells.ts';
import { type FirstLine, columnOf, readFirstLine } from './model-columns.ts';
import type { TableEncoding } from './encoding.ts';
import type { TableRecord } from './record-reader.ts';
import { type TableRow, compileRowReader } from './rows.ts';
import { TableFile } from './table-file.ts';
import type { TableOptions } from './table-options.ts';

/** Called while a table is read. */
export interface TableListener {
  /** The share of the file that was read. */
  readonly onProgress?: (done: number) => void;
  /** How the table was understood, where it could have been meant otherwise. */
  readonly onNote?: (note: string) => void;
}

/**
 * Rows of a CSV file (`-` is stdin) as values that a client could have sent. Columns are found by the
 * fields' names; where the model's file named none (`x0`, `x1`, ...), by position, and then a header is
 * optional.
 */
export async function* tableRows(
  source: string | TableFile,
  schema: RowSchema,
  options: TableOptions = {},
  listener: TableListener = {},
): AsyncGenerator<TableRow> {
  const table = typeof source === 'string' ? await TableFile.open(source, options) : source;
  let readRow: ((record: TableRecord) => TableRow) | null = null;
  for await (const block of table.blocks()) {
    let records = block;
    if (readRow === null) {
      const first = readFirstLine(records, schema, table, options);
      if (first.note !== null) listener.onNote?.(`${table.path}: ${first.note}`);
      readRow = compileModelReader(records[0]!.cells, first, schema, table, options);
      if (first.isHeader) records = records.slice(1);
    }
    for (const record of records) yield readRow(record);
    listener.onProgress?.(table.bytesRead / table.size);
  }
}

function compileModelReader(
  firstLine: readonly string[],
  { isHeader, placement }: FirstLine,
  schema: RowSchema,
  text: { readonly encoding: TableEncoding },
  { besides, missing }: TableOptions,
): (record: TableRecord) => TableRow {
  // Beside `columnOf`: a first line with an infinity is a row, though one that is rejected.
  const columns: CellColumn[] = schema.fields.map((field, at) => ({
    ...columnOf(field, schema.rules[at]!),
    ...FINITE_NUMBERS,
  }));
  const positions = [...placement.positions];
  const place = isHeader && besides !== undefined ? firstLine.indexOf(besides) : -1;
  if (place >= 0) {
    columns.push({ name: besides!, type: 'text' });
    positions.push(place);
  }
  return compileRowReader(columns, { ...placement, positions }, text, missing);
}
