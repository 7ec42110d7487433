import { type Issue, ThicketError } from '../../core/errors.ts';
import { type Json, objectSchema } from '../openapi/json-schema.ts';
import type { NamedSchema } from '../openapi/operation.ts';
import { invalidBody, listPropertyOf, propertyOf } from '../server/json/property.ts';
import { SINGLE, listOf, objectOf } from '../server/json/shape.ts';

/** Beyond these two ids would read as one. */
const ID: Json = {
  type: 'integer',
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
};

export const RAW_ID: NamedSchema = { name: 'RawId', schema: objectSchema({ raw_id: ID }) };

export function rawIdsSchema(batchRowsMax: number): NamedSchema {
  const ids = { type: 'array', items: ID, minItems: 1, maxItems: batchRowsMax };
  const description = `Ids that stand twice count once towards the ${batchRowsMax}`;
  return { name: 'RawIds', schema: objectSchema({ raw_ids: { ...ids, description } }) };
}

export const RAW_ID_SHAPE = objectOf([['raw_id', SINGLE]]);
/** Without a bound of its own: an id sent twice is one id, and a number takes no more than its bytes. */
export const RAW_IDS_SHAPE = objectOf([['raw_ids', listOf(SINGLE, Number.POSITIVE_INFINITY)]]);

/**
 * The id of `{raw_id}`.
 * @throws {ThicketError} ROW_INVALID.
 */
export function rawIdOf(body: unknown): number {
  const value = propertyOf(body, 'raw_id');
  const issue = idIssue(value, ['body', 'raw_id']);
  if (issue !== null) throw invalidBody([issue]);
  return value as number;
}

/**
 * The ids of `{raw_ids}`, each once, in the order of their first appearance.
 * @throws {ThicketError} ROW_INVALID, BATCH_EMPTY or BATCH_TOO_LARGE.
 */
export function rawIdsOf(body: unknown, batchRowsMax: number): readonly number[] {
  const values = listPropertyOf(body, 'raw_ids');
  if (values.length === 0) throw new ThicketError('BATCH_EMPTY', 'raw_ids must not be empty');
  const issues = idIssues(values, ['body', 'raw_ids']);
  if (issues.length > 0) throw invalidBody(issues);
  const ids = [...new Set(values as number[])];
  if (ids.length > batchRowsMax) {
    throw new ThicketError(
      'BATCH_TOO_LARGE',
      `Too many raw_ids. Max allowed is ${batchRowsMax}. Got ${ids.length}.`,
    );
  }
  return ids;
}

/** Issues reported for one list. A client that sends strings instead of ids does so for every entry. */
const ISSUES_MAX = 100;

function idIssues(values: readonly unknown[], loc: readonly string[]): readonly Issue[] {
  const issues: Issue[] = [];
  for (let at = 0; at < values.length && issues.length < ISSUES_MAX; at++) {
    if (Number.isSafeInteger(values[at])) continue;
    const issue = idIssue(values[at], [...loc, at]);
    if (issue !== null) issues.push(issue);
  }
  return issues;
}

function idIssue(value: unknown, loc: readonly (string | number)[]): Issue | null {
  if (typeof value !== 'number') {
    return { type: 'int_type', loc, msg: 'Input should be a valid integer', input: value };
  }
  if (!Number.isInteger(value)) {
    const msg = 'Input should be a valid integer, got a number with a fractional part';
    return { type: 'int_from_float', loc, msg, input: value };
  }
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    const msg = `Input should be an integer of at most ${Number.MAX_SAFE_INTEGER}`;
    return { type: 'int_parsing_size', loc, msg };
  }
  return null;
}
