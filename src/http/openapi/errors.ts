import type { Json } from './json-schema.ts';

/** Every status that a documented operation may refuse with, in the reader's words. */
const REFUSALS = {
  400: 'The path or the body cannot be read, or the batch is empty',
  404: 'No such model, stored row or file',
  408: 'The body came too slowly',
  413: 'The body or the batch is too large',
  415: 'The body is of no media type or charset that is taken here',
  422: 'The fields that are wrong, one by one',
  429: 'Overloaded: come back later',
  500: 'A fault of the service',
  503: 'The model or the store is away, or the instance is not ready: come back later',
} as const;

export type ErrorStatus = keyof typeof REFUSALS;

/** Statuses whose replies say when to come back. */
const RETRIED: ReadonlySet<string> = new Set(['408', '429', '503']);

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds', schema: { type: 'integer' } },
};

const ERROR_TAIL = { code: { type: 'string' }, request_id: { type: 'string' } };
const ERROR_KEYS = ['detail', 'code', 'request_id'];

export const ERROR_SCHEMAS: Readonly<Record<string, Json>> = {
  Error: {
    type: 'object',
    properties: { detail: { type: 'string' }, ...ERROR_TAIL },
    required: ERROR_KEYS,
  },
  RowError: {
    type: 'object',
    properties: {
      detail: { type: 'array', items: { $ref: '#/components/schemas/Issue' } },
      ...ERROR_TAIL,
    },
    required: ERROR_KEYS,
  },
  Issue: {
    type: 'object',
    properties: {
      type: { type: 'string', examples: ['missing', 'float_type'] },
      loc: { type: 'array', items: { type: ['string', 'integer'] } },
      msg: { type: 'string' },
      input: { description: 'What was sent, where it can be repeated' },
    },
    required: ['type', 'loc', 'msg'],
  },
};

export const ERROR_RESPONSES: Json = Object.fromEntries(
  Object.entries(REFUSALS).map(([status, description]) => {
    const schema = { $ref: `#/components/schemas/${status === '422' ? 'RowError' : 'Error'}` };
    const content = { 'application/json': { schema } };
    const headers = RETRIED.has(status) ? { headers: RETRY_AFTER } : {};
    return [`Error${status}`, { description, ...headers, content }];
  }),
);
