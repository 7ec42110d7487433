import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { apiRoutes } from '../../src/http/routes/api-routes.ts';
import type { Route } from '../../src/http/server/route.ts';
import { type Service, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import { tinyClassifier, tinyModel, tinyScorer } from '../support/tiny-model.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Record<string, unknown>;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, Content> };
  readonly responses: Record<string, { readonly content: Record<string, Content> }>;
}
interface Content {
  readonly schema: { readonly $ref: string };
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };
const ODD_NAME = 'a b/{c}.d';

let service: Service;
let routes: readonly Route[];
beforeAll(async () => {
  const scorer = tinyScorer();
  service = await startService({
    others: [
      tinyClassifier(),
      { ...scorer, metadata: { ...scorer.metadata, name: ODD_NAME } },
      tinyModel({ name: 'margin', profile: 'regression' }),
    ],
    scoring: {
      rawRows: {
        table: 'rows',
        byIds: (ids) =>
          Promise.resolve(
            new Map(ids.filter((id) => id < 10).map((id) => [id, Object.values(ROW)] as const)),
          ),
      },
    },
  });
  routes = apiRoutes(service.context, () => false);
});
afterAll(() => service.stop());

async function documentAt(path: string): Promise<Document> {
  const reply = await fetch(service.url + path);
  expect(reply.status).toBe(200);
  return (await reply.json()) as Document;
}

/** A route in the words of both: method, path, parameters and the type of its body. */
interface Line {
  readonly route: string;
  readonly parameters: readonly string[];
  readonly body: readonly string[];
}

function linesOf(document: Document): Line[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      route: `${method.toUpperCase()} ${path}`,
      parameters: parameters.map((each) => `${each.in} ${each.name}`).toSorted(),
      body: Object.keys(requestBody?.content ?? {}),
    })),
  );
}

function lineOf(route: Route): Line {
  const { method, path, parameters = [] } = route;
  const types = { json: ['application/json'], bytes: route.mediaTypes ?? [] };
  return {
    route: `${method} ${path}`,
    parameters: parameters.map((each) => `${each.in} ${each.name}`).toSorted(),
    body: route.body === undefined ? [] : types[route.body],
  };
}

const byRoute = (a: Line, b: Line): number => (a.route < b.route ? -1 : 1);

describe('routes and document', () => {
  test('are the same list, in both directions', async () => {
    const documented = linesOf(await documentAt('/openapi.json'));
    expect(documented.length).toBeGreaterThan(10);
    expect(documented.toSorted(byRoute)).toEqual(routes.map(lineOf).toSorted(byRoute));
  });

  test('are the same list below one model', async () => {
    const name = encodeURIComponent(ODD_NAME);
    const documented = linesOf(await documentAt(`/models/${name}/openapi.json`));
    const below = routes
      .filter(({ path }) => path.startsWith('/models/{name}'))
      .map(lineOf)
      .map(({ route, parameters, body }) => ({
        route: route.replace('{name}', name),
        parameters: parameters.filter((each) => each !== 'path name'),
        body,
      }));
    expect(documented.toSorted(byRoute)).toEqual(below.toSorted(byRoute));
  });

  test('every path answers by the documented methods, and by no other', async () => {
    const { paths } = await documentAt('/openapi.json');
    for (const [template, methods] of Object.entries(paths)) {
      const path = template.replace('{name}', 'margin').replace('{file}', 'start.js');
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        const reply = await fetch(service.url + path, { method });
        const documented = method.toLowerCase() in methods;
        expect([method, path, reply.status === 405]).toEqual([method, path, !documented]);
        expect([method, path, reply.status === 404]).toEqual([method, path, false]);
      }
    }
  });

  test('operations have ids of their own, which generated clients name methods after', async () => {
    const ids = routes.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });

  test('a parameter that names a model lists those that are there', async () => {
    const { paths } = await documentAt('/openapi.json');
    const [name] = paths['/models/{name}']!['get']!.parameters!;
    expect(name!.schema['enum']).toEqual(['rf_profit_margin', 'churn', ODD_NAME, 'margin']);
  });
});

describe('the document', () => {
  test.each([
    '/openapi.json',
    `/models/${encodeURIComponent(ODD_NAME)}/openapi.json`,
    '/models/churn/openapi.json',
  ])('at %s is OpenAPI 3.1', async (path) => {
    const document = await documentAt(path);
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...document });
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  test('notices a document that is none', async () => {
    const document = await documentAt('/openapi.json');
    const broken = { ...document, paths: { '/predict': { post: { responses: 7 } } } };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });
});

/** Differences between one reply and its description in the document. */
function complaints(
  document: Document,
  [method, path, status]: readonly [method: string, path: string, status: number],
  body: unknown,
): string | null {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema({ $id: 'openapi', ...document });
  const of = document.paths[path]![method]!.responses[String(status)]!;
  const pointer = `openapi#/paths/${path.replaceAll('/', '~1')}/${method}/responses/${status}`;
  const [reference] =
    '$ref' in of ? [`openapi${String(of.$ref)}/content/application~1json/schema`] : [];
  const validate = ajv.compile({
    $ref: encodeURI(reference ?? `${pointer}/content/application~1json/schema`),
  });
  return validate(body) ? null : ajv.errorsText(validate.errors);
}

describe('replies are as the document says', () => {
  const ids = { raw_ids: [1, 2, 99] };
  test.each([
    { path: '/predict', body: ROW, status: 200 },
    { path: '/predict', body: {}, status: 422 },
    { path: '/predict/by-raw-id', body: { raw_id: 1 }, status: 200 },
    { path: '/predict/by-raw-id', body: { raw_id: 99 }, status: 404 },
    { path: '/predict/batch/by-raw-ids', body: ids, status: 200 },
    { path: '/predict/batch/by-raw-ids', body: { raw_ids: [] }, status: 400 },
    { path: '/predict/batch', body: { rows: [ROW, {}, 7] }, status: 200 },
    { path: '/predict/batch', body: { rows: [] }, status: 400 },
    { path: '/predict/batch', body: [], status: 422 },
  ])('POST $path with $body', async ({ path, body, status }) => {
    const reply = await post(service.url + path, body);
    expect(reply.status).toBe(status);
    const document = await documentAt('/openapi.json');
    expect(complaints(document, ['post', path, status], await reply.json())).toBeNull();
  });

  test.each([
    { model: 'churn', body: { tenure: 3 } },
    { model: ODD_NAME, body: { features: [3] } },
    { model: 'margin', body: ROW },
  ])('POST of a row to $model, by both documents', async ({ model, body }) => {
    const path = `/models/${encodeURIComponent(model)}/predict`;
    const reply = await jsonOf(await post(service.url + path, body));
    const whole = await documentAt('/openapi.json');
    expect(complaints(whole, ['post', '/models/{name}/predict', 200], reply)).toBeNull();
    const own = await documentAt(`/models/${encodeURIComponent(model)}/openapi.json`);
    const { $ref } =
      own.paths[path]!['post']!.responses['200']!.content['application/json']!.schema;
    expect($ref).toBe('#/components/schemas/Prediction');
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema({ $id: 'own', ...own });
    expect(ajv.validate({ $ref: `own${$ref}` }, reply)).toBe(true);
  });

  test.each(['/health', '/ready', '/models', '/model-info', '/model'])('GET %s', async (path) => {
    const reply = await jsonOf(await fetch(service.url + path));
    const document = await documentAt('/openapi.json');
    expect(complaints(document, ['get', path, 200], reply)).toBeNull();
  });

  test('GET /models/{name}', async () => {
    const document = await documentAt('/openapi.json');
    const line = ['get', '/models/{name}', 200] as const;
    const reply = await jsonOf(await fetch(`${service.url}/models/churn`));
    expect(complaints(document, line, reply)).toBeNull();
    expect(complaints(document, line, { ...reply, task: 'guessing' })).toContain('task');
    const unknown = await jsonOf(await fetch(`${service.url}/models/nobody`));
    expect(complaints(document, ['get', '/models/{name}', 404], unknown)).toBeNull();
  });
});
