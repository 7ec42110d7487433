import { setImmediate as nextTurn } from 'node:timers/promises';

import { ThicketError, invariant } from '../../core/errors.ts';
import type { RawRow, RawValues, ValidRow } from '../../core/rows.ts';
import type { RowSchema } from '../../schema/fields.ts';
import { type ListedRow, RefusedRow } from '../../score/listed-rows.ts';
import type { ObjectShape } from '../server/json/shape.ts';

/** Issues that are kept of one list. From then on a refused row keeps its first one: a small body must not become a huge reply. */
const ISSUES_KEPT_MAX = 10_000;

/** How long rows are read in one turn of the event loop: others wait no longer for theirs. */
const TURN_MS_MAX = 2;

/** The way of one row into the model that is asked. */
export interface RowReader {
  readonly schema: RowSchema;
  /** The part of an object that is read of it. */
  readonly shape: ObjectShape;
  readonly rowsMax: number;
  /** @throws {ThicketError} ROW_INVALID. */
  readonly validate: (row: RawRow) => ValidRow;
  readonly validateList: (values: RawValues) => ValidRow;
  /** The name that the client's own id has in a row; null where rows have none. */
  readonly idName: string | null;
  /** Keeps the client's own id of a row for the reply. @throws {ThicketError} ROW_INVALID for one that is none. */
  readonly keepId: (at: number, row: unknown) => void;
}

/** The rows of a body, cut apart; each of them is read in its turn. */
export interface RowList {
  readonly count: number;
  /**
   * Each row once, in order.
   * @throws {ThicketError} ROW_INVALID for a row that the model does not take.
   */
  readonly read: (at: number) => ValidRow;
}

/** A list that lets go of its body with the last row: it must not stand in memory until the rows are stored. */
export function releasing(count: number, readRow: RowList['read']): RowList {
  let held: RowList['read'] | null = readRow;
  return {
    count,
    read: (at) => {
      invariant(held !== null, 'a row is read once');
      const read = held;
      if (at === count - 1) held = null;
      return read(at);
    },
  };
}

/** @throws {ThicketError} BATCH_EMPTY or BATCH_TOO_LARGE. */
export function checkCount(count: number, rowsMax: number, got = String(count)): void {
  if (count === 0) throw new ThicketError('BATCH_EMPTY', 'rows must not be empty');
  if (count <= rowsMax) return;
  const sentence = `Too many rows. Max allowed is ${rowsMax}. Got ${got}.`;
  throw new ThicketError('BATCH_TOO_LARGE', sentence);
}

/** Rows of which each is an object as `/predict` takes it, or throws when it is asked for. */
export function listOfObjects(
  count: number,
  objectAt: (at: number) => unknown,
  { keepId, validate }: Pick<RowReader, 'keepId' | 'validate'>,
): RowList {
  return releasing(count, (at) => {
    const object = objectAt(at);
    keepId(at, object);
    return validate(object as RawRow);
  });
}

/** The rows in order, some at a time; a row that is refused stands in its place. */
export async function* chunksOf(
  list: Promise<RowList>,
  chunkRows: number,
): AsyncGenerator<readonly ListedRow[], void, undefined> {
  const { count, read } = await list;
  let kept = 0;
  const readOrRefuse = (at: number): ListedRow => {
    try {
      return read(at);
    } catch (error) {
      if (!(error instanceof ThicketError) || error.code !== 'ROW_INVALID') throw error;
      const { message, issues } = error;
      const room = Math.max(1, ISSUES_KEPT_MAX - kept);
      kept += issues.length;
      return new RefusedRow({ message, issues: issues.slice(0, room) });
    }
  };
  let turnEndsMs = performance.now() + TURN_MS_MAX;
  for (let first = 0; first < count; first += chunkRows) {
    const chunk: ListedRow[] = [];
    const end = Math.min(count, first + chunkRows);
    for (let at = first; at < end; at++) {
      if (performance.now() > turnEndsMs) {
        await nextTurn();
        turnEndsMs = performance.now() + TURN_MS_MAX;
      }
      chunk.push(readOrRefuse(at));
    }
    yield chunk;
  }
}

/** The refusal of a row whose text cannot be read. */
export function unreadableRow(
  type: string,
  msg: string,
  column: string | null = null,
): ThicketError {
  const loc = column === null ? ['body'] : ['body', column];
  return new ThicketError('ROW_INVALID', msg, { issues: [{ type, loc, msg }] });
}
