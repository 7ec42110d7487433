import type { Issue } from '../core/errors.ts';
import type { RawRow } from '../core/rows.ts';
import { DATE_EXAMPLES } from './dates.ts';
import type { Category } from './fields.ts';

/** Characters of a refused text that an issue repeats: enough to recognise it, too few to amplify. */
const INPUT_CHARACTERS_MAX = 200;
/** Keys of a row that an issue repeats: a row with many missing fields must not fill the reply. */
const INPUT_KEYS_MAX = 32;
/** Categories that an issue lists: a longer sentence helps no reader. */
const CATEGORIES_LISTED_MAX = 20;

/** Fields that an issue names together. */
const FIELDS_LISTED_MAX = 5;

/** The kinds of wrong type, each with the name and the words that existing clients know. */
const WRONG_TYPES = {
  number: ['float_type', 'Input should be a valid number'],
  integer: ['int_type', 'Input should be a valid integer'],
  fraction: [
    'int_from_float',
    'Input should be a valid integer, got a number with a fractional part',
  ],
  text: ['string_type', 'Input should be a valid string'],
  boolean: ['bool_type', 'Input should be a valid boolean'],
  date: ['date_type', 'Input should be a valid date'],
  dateText: ['date_parsing', `Input should be a valid date such as ${DATE_EXAMPLES.date}`],
  datetime: ['datetime_type', 'Input should be a valid datetime'],
  datetimeText: [
    'datetime_parsing',
    `Input should be a valid datetime such as ${DATE_EXAMPLES.datetime}`,
  ],
} as const;

export function wrongType(expected: keyof typeof WRONG_TYPES, name: string, value: unknown): Issue {
  const [type, msg] = WRONG_TYPES[expected];
  return { type, loc: ['body', name], msg, input: shown(value) };
}

/** @param raw The row as a client sent it. */
export function missingField(name: string, raw?: RawRow): Issue {
  const issue = { type: 'missing', loc: ['body', name], msg: 'Field required' };
  return raw === undefined ? issue : { ...issue, input: shownRow(raw) };
}

export function extraField(name: string, value: unknown): Issue {
  const msg = 'Extra inputs are not permitted';
  return { type: 'extra_forbidden', loc: ['body', name], msg, input: shown(value) };
}

export function notAnObject(value: unknown): Issue {
  const msg = 'Input should be a valid dictionary or object to extract fields from';
  return { type: 'model_attributes_type', loc: ['body'], msg, input: shown(value) };
}

export function wrongLength(name: string, values: unknown, length: number): Issue {
  const loc = ['body', name];
  if (!Array.isArray(values)) {
    return { type: 'list_type', loc, msg: 'Input should be a valid list', input: shown(values) };
  }
  const [type, bound] =
    values.length < length ? (['too_short', 'least'] as const) : (['too_long', 'most'] as const);
  const msg = `List should have at ${bound} ${length} items after validation, not ${values.length}`;
  return { type, loc, msg };
}

export function outOfRange(name: string, value: number, minimum: number, maximum: number): Issue {
  const loc = ['body', name];
  if (!Number.isFinite(value)) {
    // The value cannot be repeated: JSON has no infinity.
    return { type: 'finite_number', loc, msg: 'Input should be a finite number' };
  }
  return value < minimum
    ? {
        type: 'greater_than_equal',
        loc,
        msg: `Input should be greater than or equal to ${minimum}`,
        input: value,
      }
    : {
        type: 'less_than_equal',
        loc,
        msg: `Input should be less than or equal to ${maximum}`,
        input: value,
      };
}

export function unknownCategory(
  name: string,
  value: unknown,
  categories: readonly Category[],
): Issue {
  const listed = categories.slice(0, CATEGORIES_LISTED_MAX).map(quoted);
  const more = categories.length - listed.length;
  if (more > 0) listed.push(`${more} other values`);
  const last = listed.pop() ?? 'nothing';
  const msg = `Input should be ${listed.length > 0 ? `${listed.join(', ')} or ${last}` : last}`;
  return { type: 'literal_error', loc: ['body', name], msg, input: shown(value) };
}

/** Counts characters, as JSON Schema does; those beyond the basic plane have two places in a text. */
function isLongerThan(value: string, charactersMax: number): boolean {
  if (value.length <= charactersMax) return false;
  return value.length > 2 * charactersMax || Array.from(value).length > charactersMax;
}

/** The issue of a text that has the right type, or null where there is none. */
export function textIssue(name: string, value: string, charactersMax: number): Issue | null {
  const loc = ['body', name];
  if (isLongerThan(value, charactersMax)) {
    const msg = `String should have at most ${charactersMax} characters`;
    return { type: 'string_too_long', loc, msg, input: shown(value) };
  }
  if (value.includes('\0')) {
    const msg = 'String should not contain the character U+0000';
    return { type: 'value_error', loc, msg, input: shown(value) };
  }
  if (!value.isWellFormed()) {
    // Half a surrogate pair is no character, and Postgres refuses the whole outcome over it.
    const msg = 'String should be valid Unicode, without lone surrogates';
    return { type: 'string_unicode', loc, msg };
  }
  return null;
}

/** A number that the model computes from several fields, and the source library raises on. */
export function notComputable(names: readonly string[], value: number): Issue {
  const [first] = names;
  const kind = Number.isNaN(value) ? 'not a number' : 'not a finite number';
  const from = names.slice(0, FIELDS_LISTED_MAX).map((name) => `'${name}'`);
  if (names.length > from.length) from.push('others');
  return {
    type: 'finite_number',
    loc: first === undefined ? ['body'] : ['body', first],
    msg: `What the model computes from ${from.join(', ')} is ${kind}`,
  };
}

/** A row whose answer is not a finite number, or no class, by the model's own arithmetic. */
export function noAnswer(): Issue {
  return { type: 'finite_number', loc: ['body'], msg: "The model's answer is not a finite number" };
}

function quoted(category: Category): string {
  return typeof category === 'string' ? `'${category}'` : String(category);
}

function shown(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= INPUT_CHARACTERS_MAX) return value;
  return `${value.slice(0, INPUT_CHARACTERS_MAX)}...`;
}

function shownRow(raw: RawRow): RawRow {
  const entries = Object.entries(raw).slice(0, INPUT_KEYS_MAX);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      typeof value === 'object' && value !== null ? '...' : shown(value),
    ]),
  );
}
