import { listPropertyOf } from '../server/json/property.ts';
import { listOf, objectOf } from '../server/json/shape.ts';
import type { BodyBytes } from '../server/route.ts';
import { type RowList, type RowReader, checkCount, listOfObjects } from './row-list.ts';

/**
 * The rows of `{"rows": [...]}`.
 * @throws {ThicketError} BODY_MALFORMED, ROW_INVALID for another shape, BATCH_EMPTY or BATCH_TOO_LARGE.
 */
export async function jsonRows(
  { readJson }: Pick<BodyBytes, 'readJson'>,
  reader: RowReader,
): Promise<RowList> {
  const { shape, rowsMax } = reader;
  const listShape = objectOf([['rows', listOf(shape, rowsMax)]]);
  const rows = listPropertyOf(await readJson(listShape), 'rows');
  checkCount(rows.length, rowsMax);
  return listOfObjects(rows.length, (at) => rows[at], reader);
}
