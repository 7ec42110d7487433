import { ThicketError } from '../../core/errors.ts';
import type { RowSchema } from '../../schema/fields.ts';
import type { TableEncoding } from '../../table/encoding.ts';
import { tableRows } from '../../table/model-rows.ts';
import { type TableRow, rejectionText } from '../../table/rows.ts';
import { TableFile } from '../../table/table-file.ts';
import type { TableOptions } from '../../table/table-options.ts';
import { type RowList, type RowReader, checkCount, releasing, unreadableRow } from './row-list.ts';

const [LINE_FEED, RETURN] = [0x0a, 0x0d] as const;

/** Names of the two encodings that tables are read in, as browsers and spreadsheets write them. */
const ENCODINGS: ReadonlyMap<string, TableEncoding['name']> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['windows-1252', 'windows-1252'],
  ['cp1252', 'windows-1252'],
  // Of the letters that both have, it is Windows-1252, and browsers read it so.
  ['iso-8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
]);

/** The parameter `header` of RFC 4180, in the words of the table's options. */
const HEADERS: ReadonlyMap<string, 'yes' | 'no'> = new Map([
  ['present', 'yes'],
  ['absent', 'no'],
]);

/** Lines for each row that may be sent: cells hold line ends, and a body of nothing else takes seconds to read. */
const LINES_PER_ROW_MAX = 100;

/** How the sender says that the table is to be read. */
export interface CsvStatement {
  readonly encoding: TableEncoding['name'] | null;
  readonly options: TableOptions;
}

/** @throws {ThicketError} CONTENT_TYPE_UNSUPPORTED for a charset or a header that is unknown. */
export function csvStatement(parameters: ReadonlyMap<string, string>): CsvStatement {
  const [charset, header] = [parameters.get('charset'), parameters.get('header')];
  return {
    encoding: charset === undefined ? null : known(ENCODINGS, 'charset', charset),
    options: header === undefined ? {} : { header: known(HEADERS, 'header', header) },
  };
}

function known<Value>(values: ReadonlyMap<string, Value>, name: string, text: string): Value {
  const value = values.get(text.toLowerCase());
  if (value !== undefined) return value;
  const listed = [...values.keys()].join(', ');
  throw new ThicketError(
    'CONTENT_TYPE_UNSUPPORTED',
    `the ${name} of text/csv must be one of ${listed}, not ${JSON.stringify(text)}`,
  );
}

/**
 * Rows of a table, by the rules of every table. A row whose cells cannot be read is refused alone.
 * @throws {ThicketError} BODY_MALFORMED for a table that cannot be read, BATCH_EMPTY or BATCH_TOO_LARGE.
 */
export async function csvRows(
  body: Buffer,
  statement: CsvStatement,
  { schema, rowsMax, idName, keepId, validateList }: RowReader,
): Promise<RowList> {
  refuseManyLines(body, LINES_PER_ROW_MAX * (rowsMax + 1));
  const rows = await inTurn(() => firstRows(body, statement, schema, idName, rowsMax));
  checkCount(rows.length, rowsMax, `at least ${rows.length}`);
  const width = schema.fields.length;
  return releasing(rows.length, (at) => {
    const { values, rejection } = rows[at]!;
    if (rejection !== null) {
      throw unreadableRow('value_error', rejectionText(rejection), rejection.column);
    }
    if (values.length > width) keepId(at, { [idName!]: values[width] });
    return validateList(values.slice(0, width));
  });
}

function refuseManyLines(body: Buffer, linesMax: number): void {
  let lines = 0;
  for (const byte of body) {
    if (byte === LINE_FEED || byte === RETURN) lines++;
  }
  // A line may end with both.
  if (lines <= 2 * linesMax) return;
  throw new ThicketError('BATCH_TOO_LARGE', `the table has more than ${linesMax} lines`);
}

/** Up to one more than may be sent: the rest would only be counted. */
async function firstRows(
  body: Buffer,
  { encoding, options }: CsvStatement,
  schema: RowSchema,
  idName: string | null,
  rowsMax: number,
): Promise<readonly TableRow[]> {
  const table = TableFile.ofBytes(body, 'the body', encoding, options);
  const rows: TableRow[] = [];
  try {
    const read = idName === null ? options : { ...options, besides: idName };
    for await (const row of tableRows(table, schema, read)) {
      rows.push(row);
      if (rows.length > rowsMax) break;
    }
  } catch (error) {
    if (!(error instanceof ThicketError)) throw error;
    throw new ThicketError('BODY_MALFORMED', error.message, { cause: error });
  }
  return rows;
}

let last: Promise<unknown> = Promise.resolve();

/** One table is cut into cells at a time: a body of nothing but commas takes many times its bytes then. */
function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const result = last.then(work);
  last = result.catch(() => {});
  return result;
}
