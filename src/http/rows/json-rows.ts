import { listPropertyOf } from '../server/json/property.ts';
import { readJson } from '../server/json/read-json.ts';
import { listOf, objectOf } from '../server/json/shape.ts';
import { type RowList, type RowReader, checkCount, listOfObjects } from './row-list.ts';

/**
 * The rows of `{"rows": [...]}`.
 * @throws {ThicketError} BODY_MALFORMED, ROW_INVALID for another shape, BATCH_EMPTY or BATCH_TOO_LARGE.
 */
export function jsonRows(body: Buffer, reader: RowReader): RowList {
  const { shape, rowsMax } = reader;
  const listShape = objectOf([['rows', listOf(shape, rowsMax)]]);
  const rows = listPropertyOf(readJson(body, listShape), 'rows');
  checkCount(rows.length, rowsMax);
  return listOfObjects(rows.length, (at) => rows[at], reader);
}
