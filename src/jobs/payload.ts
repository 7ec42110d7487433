import { type Issue, ThicketError } from '../core/errors.ts';
import type { RawRow } from '../core/rows.ts';
import type { LiveModel } from '../live/live-model.ts';
import { atRow } from '../score/listed-rows.ts';

/** A job asks for rows as clients send them, or for stored rows. */
export type Wanted =
  | { readonly kind: 'row'; readonly row: RawRow }
  | { readonly kind: 'rows'; readonly rows: readonly RawRow[] }
  | { readonly kind: 'rawIds'; readonly rawIds: readonly number[] };

/** Keys that say what a payload holds, unless the model has a field of that name. */
const ROWS = 'rows';
const RAW_ID = 'raw_id';
const RAW_IDS = 'raw_ids';

type Taker = Pick<LiveModel, 'schema' | 'validate'>;

/**
 * A payload that the model takes, as it came. Stored rows are looked up when the job runs.
 * @throws {ThicketError} ROW_INVALID, BATCH_EMPTY or BATCH_TOO_LARGE.
 */
export function checkPayload(
  payload: unknown,
  live: Taker,
  rowsMax: number,
): Readonly<Record<string, unknown>> {
  const wanted = wantedOf(payload, live, rowsMax);
  if (wanted.kind === 'row') live.validate(wanted.row);
  if (wanted.kind === 'rows') wanted.rows.forEach((row, at) => validateAt(live, row, at));
  return payload as Readonly<Record<string, unknown>>; // A row that is no object was refused.
}

function validateAt(live: Taker, row: RawRow, at: number): void {
  try {
    live.validate(row);
  } catch (error) {
    if (!(error instanceof ThicketError) || error.code !== 'ROW_INVALID') throw error;
    const issues = error.issues.map((issue) => atRow(at, issue));
    throw new ThicketError('ROW_INVALID', `rows.${at}: ${error.message}`, { issues, cause: error });
  }
}

/** @throws {ThicketError} ROW_INVALID, BATCH_EMPTY or BATCH_TOO_LARGE. */
export function wantedOf(payload: unknown, { schema }: Taker, rowsMax: number): Wanted {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return { kind: 'row', row: payload as RawRow }; // The row's own check says it best.
  }
  const has = (name: string): boolean =>
    Object.hasOwn(payload, name) && !schema.fields.some((field) => field.name === name);
  const given = payload as Readonly<Record<string, unknown>>;
  if (has(ROWS))
    return { kind: 'rows', rows: listOf(given[ROWS], ROWS, rowsMax) as readonly RawRow[] };
  if (has(RAW_IDS)) {
    const ids = listOf(given[RAW_IDS], RAW_IDS, rowsMax);
    return { kind: 'rawIds', rawIds: ids.map((id, at) => rawIdOf(id, [RAW_IDS, at])) };
  }
  if (has(RAW_ID)) return { kind: 'rawIds', rawIds: [rawIdOf(given[RAW_ID], [RAW_ID])] };
  return { kind: 'row', row: given };
}

function listOf(value: unknown, name: string, rowsMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid('list_type', [name], 'Input should be a list', value);
  if (value.length === 0) throw new ThicketError('BATCH_EMPTY', `${name} must not be empty`);
  if (value.length > rowsMax) {
    const sentence = `Too many ${name}. Max allowed is ${rowsMax}. Got ${value.length}.`;
    throw new ThicketError('BATCH_TOO_LARGE', sentence);
  }
  return value as readonly unknown[];
}

function rawIdOf(value: unknown, at: readonly (string | number)[]): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw invalid('int_type', at, 'Input should be a valid integer', value);
}

function invalid(
  type: string,
  at: readonly (string | number)[],
  msg: string,
  input: unknown,
): ThicketError {
  const issue: Issue = { type, loc: ['body', ...at], msg, input };
  return new ThicketError('ROW_INVALID', `${at.join('.')}: ${msg}`, { issues: [issue] });
}
