import { ThicketError } from '../../core/errors.ts';
import type { MediaType } from '../server/media-type.ts';
import type { BodyBytes } from '../server/route.ts';
import { csvRows, csvStatement } from './csv-rows.ts';
import { CSV, NDJSON } from './formats.ts';
import { jsonRows } from './json-rows.ts';
import { ndjsonRows } from './ndjson-rows.ts';
import type { RowList, RowReader } from './row-list.ts';

/**
 * The rows of a body, by its media type.
 * @throws {ThicketError} For a body that is no list at all; a row that is wrong throws when it is read.
 */
export async function readRows(
  { type, parameters, bytes, readJson }: BodyBytes,
  reader: RowReader,
): Promise<RowList> {
  if (type === CSV) return csvRows(bytes, csvStatement(parameters), reader);
  refuseOtherCharset({ type, parameters });
  return type === NDJSON ? ndjsonRows(bytes, reader) : jsonRows({ readJson }, reader);
}

const UTF8 = /^utf-?8$/i;

/** JSON is UTF-8: a client that says otherwise would have its texts misread. */
function refuseOtherCharset({ type, parameters }: MediaType): void {
  const charset = parameters.get('charset') ?? 'utf-8';
  if (UTF8.test(charset)) return;
  const sentence = `${type} must be in UTF-8, not ${JSON.stringify(charset)}`;
  throw new ThicketError('CONTENT_TYPE_UNSUPPORTED', sentence);
}
