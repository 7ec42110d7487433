import { ThicketError } from '../../core/errors.ts';
import { readJson } from '../server/json/read-json.ts';
import type { ObjectShape } from '../server/json/shape.ts';
import {
  type RowList,
  type RowReader,
  checkCount,
  listOfObjects,
  unreadableRow,
} from './row-list.ts';

const [TAB, LINE_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20] as const;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A line that is not blank; `line` counts from 1, and blank ones count. */
interface Line {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Rows of which each is a line of JSON. A line that is no JSON is a row that is refused alone.
 * @throws {ThicketError} BATCH_EMPTY or BATCH_TOO_LARGE.
 */
export function ndjsonRows(body: Buffer, reader: RowReader): RowList {
  const { shape, rowsMax } = reader;
  const { lines, count } = linesOf(body, rowsMax);
  checkCount(count, rowsMax);
  const objectAt = (at: number): unknown => {
    const { line, start, end } = lines[at]!;
    return parseLine(body.subarray(start, end), shape, line);
  };
  return listOfObjects(count, objectAt, reader);
}

function parseLine(bytes: Buffer, shape: ObjectShape, line: number): unknown {
  try {
    return readJson(bytes, shape);
  } catch (error) {
    if (!(error instanceof ThicketError) || error.code !== 'BODY_MALFORMED') throw error;
    throw unreadableRow('json_invalid', `line ${line} is not JSON in UTF-8`);
  }
}

/** The first lines, and how many there are. */
function linesOf(body: Buffer, linesMax: number): { lines: readonly Line[]; count: number } {
  const lines: Line[] = [];
  let count = 0;
  let line = 1;
  let start = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? 3 : 0;
  let isBlank = true;
  for (let at = start; at <= body.length; at++) {
    const byte = at === body.length ? LINE_FEED : body[at]!;
    if (byte !== LINE_FEED) {
      isBlank &&= byte === SPACE || byte === TAB || byte === RETURN;
      continue;
    }
    if (!isBlank && count++ < linesMax) lines.push({ line, start, end: at });
    line++;
    start = at + 1;
    isBlank = true;
  }
  return { lines, count };
}
