import { type Issue, ThicketError } from '../core/errors.ts';
import type { FieldValue, RawRow, RawValues, ValidRow } from '../core/rows.ts';
import { NUMBER_OF } from './dates.ts';
import { categoryKey } from './encode.ts';
import type { Field, FieldRules, RowSchema } from './fields.ts';
import {
  textIssue,
  extraField,
  missingField,
  notAnObject,
  outOfRange,
  unknownCategory,
  wrongLength,
  wrongType,
} from './issues.ts';

/** Characters in one text value. No category is as long; a longer one is a mistake or an attack. */
export const TEXT_CHARACTERS_MAX = 10_000;

/** The body's key for values in field order, unless the model has a field of that name. */
export const POSITIONAL_KEY = 'features';

/** Extra fields that one row's issues name. Who sends more has sent another thing than a row. */
export const EXTRA_FIELDS_NAMED_MAX = 100;

/** Returns the value as the model takes it, or adds what is wrong with it to `issues`. */
type FieldCheck = (value: unknown, issues: Issue[]) => FieldValue;

/**
 * Compiles the checks of a model's fields once, so that a row costs one pass over closures. A row that
 * is wrong throws `ROW_INVALID` with every issue it has, not only the first.
 */
export function compileValidator(
  schema: RowSchema,
  options: {
    readonly extraFields: 'ignore' | 'forbid';
    /** Taken besides the fields: the client's name for the row. */
    readonly idField?: string | undefined;
  },
): (raw: RawRow) => ValidRow {
  const names = schema.fields.map((field) => field.name);
  const takenBesides = options.idField === undefined ? [] : [options.idField];
  const known = new Set([...names, ...takenBesides]);
  const required = fieldsThatAreRead(schema);
  const checks = compileChecks(schema);
  const forbidExtra = options.extraFields === 'forbid';
  const positional = !known.has(POSITIONAL_KEY);
  const knownBesideList = new Set([POSITIONAL_KEY, ...takenBesides]);

  const validateNamed = (raw: RawRow, issues: Issue[]): FieldValue[] => {
    const valid: FieldValue[] = [];
    for (let at = 0; at < names.length; at++) {
      const name = names[at]!;
      // Only the row's own keys count: `constructor` and its like are not values that anyone sent.
      if (Object.hasOwn(raw, name)) valid.push(checks[at]!(raw[name], issues));
      else if (required[at]) issues.push(missingField(name, raw));
      else valid.push(null);
    }
    if (forbidExtra) refuseExtra(raw, known, issues);
    return valid;
  };

  const validatePositional = (raw: RawRow, issues: Issue[]): FieldValue[] => {
    if (forbidExtra) refuseExtra(raw, knownBesideList, issues);
    return checkList(raw[POSITIONAL_KEY], checks, issues);
  };

  return (raw) => {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      throw invalid([notAnObject(raw)]);
    }
    const issues: Issue[] = [];
    const values =
      positional && Object.hasOwn(raw, POSITIONAL_KEY)
        ? validatePositional(raw, issues)
        : validateNamed(raw, issues);
    return validOr(values, issues);
  };
}

/** The same checks for values that already stand in field order. */
export function compileListValidator(schema: RowSchema): (values: RawValues) => ValidRow {
  const required = fieldsThatAreRead(schema);
  const checks = compileChecks(schema).map((check, at): FieldCheck => {
    const { name } = schema.fields[at]!;
    return (value, issues) => {
      if (value !== undefined) return check(value, issues);
      if (required[at]) issues.push(missingField(name));
      return null;
    };
  });
  return (values) => {
    const issues: Issue[] = [];
    return validOr(checkList(values, checks, issues), issues);
  };
}

function compileChecks(schema: RowSchema): FieldCheck[] {
  return schema.fields.map((field, at) => compileFieldCheck(field, schema.rules[at]!));
}

function checkList(values: unknown, checks: readonly FieldCheck[], issues: Issue[]): FieldValue[] {
  if (Array.isArray(values) && values.length === checks.length) {
    return checks.map((check, at) => check(values[at], issues));
  }
  issues.push(wrongLength(POSITIONAL_KEY, values, checks.length));
  return [];
}

function validOr(values: readonly FieldValue[], issues: readonly Issue[]): ValidRow {
  if (issues.length > 0) throw invalid(issues);
  return values as ValidRow;
}

/**
 * Every field but those that the model never reads is required. An encoding reads its field even where
 * no tree asks for the result: it raises on what it does not know.
 */
export function fieldsThatAreRead(schema: RowSchema): readonly boolean[] {
  const { numbers, codes } = schema.slots;
  const read = new Set([...numbers, ...codes.map((slot) => slot.field)]);
  return schema.rules.map(({ missing }, at) => read.has(at) || missing === 'reject');
}

function invalid(issues: readonly Issue[]): ThicketError {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const place = first!.loc.slice(1).join('.');
  const sentence = `${place === '' ? '' : `${place}: `}${first!.msg}${more}`;
  return new ThicketError('ROW_INVALID', sentence, { issues });
}

function refuseExtra(raw: RawRow, known: ReadonlySet<string>, issues: Issue[]): void {
  const extra = Object.keys(raw).filter((name) => !known.has(name));
  for (const name of extra.slice(0, EXTRA_FIELDS_NAMED_MAX)) {
    issues.push(extraField(name, raw[name]));
  }
}

function compileFieldCheck(field: Field, rules: FieldRules): FieldCheck {
  const checkValue = CHECKS[field.type](field, rules);
  if (rules.missing === 'reject') return checkValue;
  return (value, issues) => (value === null ? null : checkValue(value, issues));
}

const CHECKS: Record<Field['type'], (field: Field, rules: FieldRules) => FieldCheck> = {
  number: compileNumberCheck,
  text: compileTextCheck,
  boolean: compileBooleanCheck,
  date: compileDateCheck,
  datetime: compileDateCheck,
};

/** The numbers that are taken, both ends included. */
export function numberRange(
  field: Pick<Field, 'minimum' | 'maximum'>,
  rules: Pick<FieldRules, 'numberMin' | 'numberMax'>,
): { readonly minimum: number; readonly maximum: number } {
  return {
    minimum: Math.max(field.minimum ?? rules.numberMin, rules.numberMin),
    maximum: Math.min(field.maximum ?? rules.numberMax, rules.numberMax),
  };
}

function compileNumberCheck(field: Field, rules: FieldRules): FieldCheck {
  const { minimum, maximum } = numberRange(field, rules);
  const integer = field.integer === true;
  const refused = compileCategoryRefusal(rules);
  return (sent, issues) => {
    const value = field.truths === true && typeof sent === 'boolean' ? Number(sent) : sent;
    if (typeof value !== 'number' || Number.isNaN(value)) {
      issues.push(wrongType(integer ? 'integer' : 'number', field.name, value));
    } else if (value < minimum || value > maximum) {
      issues.push(outOfRange(field.name, value, minimum, maximum));
    } else if (integer && !Number.isInteger(value)) {
      issues.push(wrongType('fraction', field.name, value));
    } else if (refused(value)) {
      issues.push(unknownCategory(field.name, value, rules.categories));
    } else {
      return value;
    }
    return null;
  };
}

function compileTextCheck(field: Field, rules: FieldRules): FieldCheck {
  // A column of mixed objects may have been trained on; then its other types may be sent as well.
  const otherTypes = new Set<string>(rules.categories.map((category) => typeof category));
  otherTypes.delete('string');
  const refused = compileCategoryRefusal(rules);
  return (value, issues) => {
    if (typeof value === 'string') {
      const issue = textIssue(field.name, value, TEXT_CHARACTERS_MAX);
      if (issue !== null) {
        issues.push(issue);
        return null;
      }
    } else if (!otherTypes.has(typeof value)) {
      issues.push(wrongType('text', field.name, value));
      return null;
    }
    const category = value as FieldValue;
    if (refused(category)) {
      issues.push(unknownCategory(field.name, value, rules.categories));
      return null;
    }
    return category;
  };
}

function compileBooleanCheck(field: Field, rules: FieldRules): FieldCheck {
  const refused = compileCategoryRefusal(rules);
  return (value, issues) => {
    if (typeof value !== 'boolean') {
      issues.push(wrongType('boolean', field.name, value));
      return null;
    }
    if (refused(value)) {
      issues.push(unknownCategory(field.name, value, rules.categories));
      return null;
    }
    return value;
  };
}

/** The text itself is the value: outcomes store it, and it is encoded as its number. */
function compileDateCheck({ name, type }: Field, rules: FieldRules): FieldCheck {
  const kind = type === 'date' ? 'date' : 'datetime';
  const { numberMin: minimum, numberMax: maximum } = rules;
  return (value, issues) => {
    const number = typeof value === 'string' ? NUMBER_OF[kind](value) : null;
    if (number === null) {
      issues.push(wrongType(typeof value === 'string' ? `${kind}Text` : kind, name, value));
    } else if (number < minimum || number > maximum) {
      issues.push(outOfRange(name, number, minimum, maximum));
    } else {
      return value as string;
    }
    return null;
  };
}

function compileCategoryRefusal(rules: FieldRules): (value: FieldValue) => boolean {
  if (rules.unknown === 'accept') return () => false;
  const accepted = new Set(rules.categories.map(categoryKey));
  return (value) => value !== null && !accepted.has(categoryKey(value));
}
