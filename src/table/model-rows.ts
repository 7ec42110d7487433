import type { RowSchema } from '../schema/fields.ts';
import { FINITE_NUMBERS } from './cells.ts';
import { columnOf, readFirstLine } from './model-columns.ts';
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
  // Beside `columnOf`: a first line with an infinity is a row, though one that is rejected.
  const columns = schema.fields.map((field, at) => ({
    ...columnOf(field, schema.rules[at]!),
    ...FINITE_NUMBERS,
  }));
  let readRow: ((record: TableRecord) => TableRow) | null = null;
  for await (const block of table.blocks()) {
    let records = block;
    if (readRow === null) {
      const first = readFirstLine(records, schema, table, options);
      if (first.note !== null) listener.onNote?.(`${table.path}: ${first.note}`);
      readRow = compileRowReader(columns, first.placement, table, options.missing);
      if (first.isHeader) records = records.slice(1);
    }
    for (const record of records) yield readRow(record);
    listener.onProgress?.(table.bytesRead / table.size);
  }
}
