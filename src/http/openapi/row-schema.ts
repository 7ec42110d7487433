import { DATE_EXAMPLES, isDateType } from '../../schema/dates.ts';
import type { Field, FieldRules, FieldType, RowSchema } from '../../schema/fields.ts';
import { TEXT_CHARACTERS_MAX, fieldsThatAreRead, numberRange } from '../../schema/validate.ts';
import { type Json, objectSchema, textSchema } from './json-schema.ts';
import type { ModelSchema } from './operation.ts';

/** Categories that a description lists as examples; where unknown ones are refused, all are listed. */
const EXAMPLES_MAX = 50;

/** A row as a client sends it, by name or by position; `besides` are properties that are no fields. */
export function rowSchema(
  schema: RowSchema,
  besides: Json,
  extraFields: 'ignore' | 'forbid',
): Json {
  const closed = extraFields === 'forbid' ? { additionalProperties: false } : {};
  return {
    anyOf: [
      { title: 'By name', ...byName(schema, besides), ...closed },
      { title: 'By position', ...byPosition(schema, besides), ...closed },
    ],
    examples: [exampleRow(schema)],
  };
}

/** Rows of one request; the bound is the server's. */
export function rowListSchema(rowsMax: number): ModelSchema {
  return (reference) =>
    objectSchema({
      rows: { type: 'array', items: reference('Row'), minItems: 1, maxItems: rowsMax },
    });
}

/** The payloads of a job; the keys of rows and ids give way to fields of the same name. */
export function jobSchema(rowsMax: number): ModelSchema {
  const id = { type: 'integer' };
  const ids = { type: 'array', items: id, minItems: 1, maxItems: rowsMax };
  return (reference) => ({
    anyOf: [
      reference('Row'),
      reference('RowList'),
      objectSchema({ raw_id: id }),
      objectSchema({ raw_ids: ids }),
    ],
  });
}

function byName(schema: RowSchema, besides: Json): Json {
  const read = fieldsThatAreRead(schema);
  const properties = Object.fromEntries(
    schema.fields.map((field, at) => [field.name, fieldSchema(field, schema.rules[at]!)]),
  );
  const required = schema.fields.filter((_, at) => read[at]).map((field) => field.name);
  return objectSchema({ ...besides, ...properties }, required);
}

function byPosition(schema: RowSchema, besides: Json): Json {
  const count = schema.fields.length;
  const features = {
    type: 'array',
    prefixItems: schema.fields.map((field, at) => fieldSchema(field, schema.rules[at]!)),
    minItems: count,
    maxItems: count,
    description: `In this order: ${schema.fields.map((field) => field.name).join(', ')}`,
  };
  return objectSchema({ features, ...besides }, ['features']);
}

const JSON_TYPES: Readonly<Record<FieldType, string>> = {
  number: 'number',
  text: 'string',
  boolean: 'boolean',
  date: 'string',
  datetime: 'string',
};

const FORMATS: Readonly<Partial<Record<FieldType, string>>> = {
  date: 'date',
  datetime: 'date-time',
};

function fieldSchema(field: Field, rules: FieldRules): Json {
  const type = JSON_TYPES[field.type];
  const format = FORMATS[field.type];
  const own = field.integer === true ? 'integer' : type;
  // A column of mixed objects takes the types of its categories as well.
  const types = new Set([own, ...rules.categories.map(jsonTypeOf)]);
  if (field.truths === true) types.add('boolean');
  if (rules.missing === 'accept') types.add('null');
  const categories = categorySchema(rules);
  return {
    type: types.size === 1 ? own : [...types],
    ...(format !== undefined && { format }),
    ...(field.description !== undefined && { description: field.description }),
    ...(field.type === 'number' && rangeSchema(field, rules)),
    ...(types.has('string') && format === undefined && textSchema(TEXT_CHARACTERS_MAX)),
    ...categories,
  };
}

/**
 * The range that is enforced; every double of JSON lies within the outermost ones. Of a whole number, a
 * bound beyond 2^53 says nothing: the number next to it is the same double.
 */
function rangeSchema(field: Field, rules: FieldRules): Json {
  const { minimum, maximum } = numberRange(field, rules);
  const outermost = field.integer === true ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE;
  return {
    ...(minimum > -outermost && { minimum }),
    ...(maximum < outermost && { maximum }),
  };
}

/** Known categories bind only where the model refuses others; else they are examples. */
function categorySchema(rules: FieldRules): Json {
  if (rules.categories.length === 0) return {};
  if (rules.unknown === 'accept') return { examples: rules.categories.slice(0, EXAMPLES_MAX) };
  return { enum: rules.missing === 'accept' ? [...rules.categories, null] : rules.categories };
}

function jsonTypeOf(category: string | number | boolean): string {
  return typeof category === 'string' ? 'string' : typeof category;
}

/** A row that the validator takes, for the page's "Try it out". */
function exampleRow(schema: RowSchema): Json {
  return Object.fromEntries(
    schema.fields.map((field, at) => [field.name, exampleValue(field, schema.rules[at]!)]),
  );
}

function exampleValue(field: Field, rules: FieldRules): unknown {
  const [first] = rules.categories;
  if (first !== undefined) return first;
  if (field.type === 'text') return 'text';
  if (field.type === 'boolean') return true;
  if (isDateType(field.type)) return DATE_EXAMPLES[field.type];
  return Math.min(Math.max(1, field.minimum ?? rules.numberMin), field.maximum ?? rules.numberMax);
}
