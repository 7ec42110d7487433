import type { LiveModel } from '../../live/live-model.ts';
import type { Field, FieldRules, RowSchema } from '../../schema/fields.ts';
import { fieldsThatAreRead } from '../../schema/validate.ts';
import { ERROR_RESPONSES, ERROR_SCHEMAS, type ErrorStatus } from './openapi-errors.ts';
import { type Json, objectSchema } from './openapi-object.ts';
import { predictionSchemas } from './openapi-predictions.ts';

/** Categories that a description lists as examples; where unknown ones are refused, all are listed. */
const EXAMPLES_MAX = 50;

/** The OpenAPI 3.1 document of the service, typed by the live model's fields. */
export function openApi(
  live: LiveModel,
  options: {
    readonly appVersion: string;
    readonly batchRowsMax: number;
    readonly extraFields: 'ignore' | 'forbid';
  },
): Json {
  const row = rowSchema(live.schema, options.extraFields);
  return {
    openapi: '3.1.0',
    info: {
      title: `Thicket: ${live.metadata.name}`,
      version: options.appVersion,
      description: `Predictions of ${live.metadata.target} by ${live.metadata.name}, version ${live.metadata.version}.`,
    },
    paths: {
      '/predict': post('predict', 'Predict from the fields of one row', 'Row', 'Prediction', [
        ...PREDICT_ERRORS,
      ]),
      '/predict/by-raw-id': post(
        'predictByRawId',
        'Predict for a stored row',
        'RawId',
        'RawPrediction',
        [...PREDICT_ERRORS, 404],
      ),
      '/predict/batch/by-raw-ids': post(
        'predictBatchByRawIds',
        `Predict for up to ${options.batchRowsMax} stored rows; all of them are stored, or none`,
        'RawIds',
        'BatchPrediction',
        [...PREDICT_ERRORS, 404],
      ),
      '/health': get('health', 'How the instance is', 'Health'),
      '/ready': get('ready', 'Whether the instance can serve', 'Ready', [503]),
      '/model-info': get('modelInfo', 'The live model', 'ModelInfo', [503]),
      '/model': get('model', 'The live model', 'ModelInfo', [503]),
      '/metrics': getText('metrics', 'Metrics in the Prometheus text format'),
    },
    components: {
      schemas: {
        Row: { anyOf: [row, positionalSchema(live.schema)], examples: [exampleRow(live.schema)] },
        RawId: objectSchema({ raw_id: { type: 'integer' } }),
        RawIds: objectSchema({
          raw_ids: { type: 'array', items: { type: 'integer' }, minItems: 1 },
        }),
        ...predictionSchemas(live),
        ...STATE_SCHEMAS,
        ...ERROR_SCHEMAS,
      },
      responses: ERROR_RESPONSES,
    },
  };
}

const PREDICT_ERRORS: readonly ErrorStatus[] = [400, 413, 415, 422, 429, 500, 503];

function rowSchema(schema: RowSchema, extraFields: 'ignore' | 'forbid'): Json {
  const read = fieldsThatAreRead(schema);
  const properties = Object.fromEntries(
    schema.fields.map((field, at) => [field.name, fieldSchema(field, schema.rules[at]!)]),
  );
  const required = schema.fields.filter((_, at) => read[at]).map((field) => field.name);
  return {
    title: 'By name',
    ...objectSchema(properties, required),
    ...(extraFields === 'forbid' && { additionalProperties: false }),
  };
}

function positionalSchema(schema: RowSchema): Json {
  const count = schema.fields.length;
  const features = {
    type: 'array',
    prefixItems: schema.fields.map((field, at) => fieldSchema(field, schema.rules[at]!)),
    minItems: count,
    maxItems: count,
    description: `In this order: ${schema.fields.map((field) => field.name).join(', ')}`,
  };
  return { title: 'By position', ...objectSchema({ features }) };
}

function fieldSchema(field: Field, rules: FieldRules): Json {
  const type = { number: 'number', text: 'string', boolean: 'boolean' }[field.type];
  const own = field.integer === true ? 'integer' : type;
  // A column of mixed objects takes the types of its categories as well.
  const types = new Set([own, ...rules.categories.map(jsonTypeOf)]);
  if (rules.missing === 'accept') types.add('null');
  const categories = categorySchema(rules);
  return {
    type: types.size === 1 ? own : [...types],
    ...(field.description !== undefined && { description: field.description }),
    ...(field.minimum !== undefined && { minimum: field.minimum }),
    ...(field.maximum !== undefined && { maximum: field.maximum }),
    ...categories,
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
  return Math.min(Math.max(1, field.minimum ?? rules.numberMin), field.maximum ?? rules.numberMax);
}

function post(
  operationId: string,
  summary: string,
  request: string,
  response: string,
  errors: readonly ErrorStatus[],
): Json {
  const requestBody = { required: true, content: jsonContent(request) };
  return {
    post: {
      operationId,
      summary,
      requestBody,
      responses: responses(jsonContent(response), errors),
    },
  };
}

function get(
  operationId: string,
  summary: string,
  response: string,
  errors: readonly ErrorStatus[] = [],
): Json {
  return { get: { operationId, summary, responses: responses(jsonContent(response), errors) } };
}

function getText(operationId: string, summary: string): Json {
  const content = { 'text/plain': { schema: { type: 'string' } } };
  return { get: { operationId, summary, responses: responses(content, []) } };
}

function jsonContent(schema: string): Json {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
}

function responses(content: Json, errors: readonly ErrorStatus[]): Json {
  const refused = errors.map((status) => [
    String(status),
    { $ref: `#/components/responses/Error${status}` },
  ]);
  return { 200: { description: 'OK', content }, ...Object.fromEntries(refused) };
}

const NULLABLE_TEXT = { type: ['string', 'null'] };

const STATE_SCHEMAS: Json = {
  Health: objectSchema({
    status: { const: 'ok' },
    app_version: { type: 'string' },
    model_name: { type: 'string' },
    model_version: NULLABLE_TEXT,
    target: { type: 'string' },
    db_connected: { type: 'boolean' },
    db_reason: NULLABLE_TEXT,
    model_uri: NULLABLE_TEXT,
    model_fallback_reason: NULLABLE_TEXT,
    model_loaded: { type: 'boolean' },
    outcome_level: NULLABLE_TEXT,
    queue_rows: { type: 'integer' },
    kernel: NULLABLE_TEXT,
    uptime_seconds: { type: 'integer' },
  }),
  Ready: objectSchema({ status: { const: 'ready' } }),
  ModelInfo: objectSchema({
    model_name: { type: 'string' },
    model_version: { type: 'string' },
    target: { type: 'string' },
    task: { enum: ['regression', 'classification'] },
    fields: { type: 'array', items: { type: 'object' } },
    metrics: { type: 'object', additionalProperties: { type: 'number' } },
    forest: { type: 'object' },
  }),
};
