import { objectSchema } from '../openapi/json-schema.ts';
import type { NamedSchema } from '../openapi/operation.ts';
import { jsonReply } from '../server/reply.ts';
import type { BodilessRoute } from '../server/route.ts';

/** Relative to the address that was asked: a proxy may have put a path before it. */
const PLACES = {
  docs: 'docs',
  openapi: 'openapi.json',
  models: 'models',
  health: 'health',
  ready: 'ready',
  metrics: 'metrics',
} as const;

const ROOT: NamedSchema = {
  name: 'Root',
  schema: objectSchema({
    service: { const: 'thicket' },
    version: { type: 'string' },
    ...Object.fromEntries(Object.entries(PLACES).map(([name, place]) => [name, { const: place }])),
  }),
};

/** The way on for a person who knows no more than the address. */
export function rootRoute(appVersion: string): BodilessRoute {
  return {
    method: 'GET',
    path: '/',
    operation: {
      operationId: 'root',
      summary: 'Where the page, the document and the state of this instance are',
      reply: ROOT,
      errors: [],
    },
    answer: () => jsonReply({ service: 'thicket', version: appVersion, ...PLACES }),
  };
}
