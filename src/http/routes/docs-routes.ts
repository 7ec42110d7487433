import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { ThicketError } from '../../core/errors.ts';
import type { Scoring } from '../../score/scoring.ts';
import { type DescribedModel, openApiDocument, routesOfModel } from '../openapi/document.ts';
import type { NamedSchema, Parameter } from '../openapi/operation.ts';
import { jobSchema, rowListSchema, rowSchema } from '../openapi/row-schema.ts';
import type { ReplyWriter } from '../profiles/reply-writer.ts';
import type { ServerContext } from '../server/context.ts';
import { type Reply, jsonReply, jsonTextReply } from '../server/reply.ts';
import type { BodilessRoute, Route } from '../server/route.ts';
import { FIRST_MODEL, NAMED_MODEL, askedModel } from './asked-model.ts';
import { keptWith } from './kept-with.ts';

/** The page works offline and stays so: the browser itself refuses any other origin. */
const PAGE_POLICY =
  "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Thicket API</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const START_SCRIPT = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  // The default asks a server on the internet.
  validatorUrl: null,
});
`;

const SCRIPT_TYPE = 'text/javascript; charset=utf-8';

/** The files of the page, each read once. Nothing else of the package of Swagger UI can be asked for. */
const FILES: ReadonlyMap<string, () => Reply> = new Map([
  ['start.js', () => asset(SCRIPT_TYPE, START_SCRIPT)],
  ['swagger-ui.css', fileOfSwagger('swagger-ui.css', 'text/css; charset=utf-8')],
  ['swagger-ui-bundle.js', fileOfSwagger('swagger-ui-bundle.js', SCRIPT_TYPE)],
  ['favicon-32x32.png', fileOfSwagger('favicon-32x32.png', 'image/png')],
]);

/** The document of all routes, the one of each model, and the page that shows the first of them. */
export function docsRoutes(
  context: ServerContext,
  others: readonly Route[],
  writerOf: (scoring: Scoring) => ReplyWriter,
): readonly BodilessRoute[] {
  const { appVersion, models, config } = context;
  const about = { appVersion, bodyBytesMax: config.bodyBytesMax };
  const describe = keptWith((scoring: Scoring) =>
    describedModel(scoring, writerOf(scoring), config),
  );
  const documentOf = keptWith((scoring: Scoring) => {
    const model = describe(scoring);
    const below = routesOfModel(routes, model.name);
    return jsonTextReply(JSON.stringify(openApiDocument(below, [model], about)));
  });
  const own: readonly BodilessRoute[] = [
    {
      method: 'GET',
      path: '/openapi.json',
      model: FIRST_MODEL.model,
      operation: {
        operationId: 'document',
        summary: 'This document, typed by the fields of the live models',
        reply: DOCUMENT,
        errors: [503],
      },
      answer(call) {
        const first = describe(askedModel(context, call));
        const names = models.names().slice(1);
        const more = names.flatMap((name) => models.find(name) ?? []).map(describe);
        return jsonReply(openApiDocument(routes, [first, ...more], about));
      },
    },
    {
      method: 'GET',
      path: `${NAMED_MODEL.below}/openapi.json`,
      model: NAMED_MODEL.model,
      parameters: NAMED_MODEL.parameters,
      operation: {
        operationId: 'documentOfModel',
        summary: 'The routes of one model, typed by its fields',
        reply: DOCUMENT,
        errors: [400, 404, 503],
      },
      answer: (call) => documentOf(askedModel(context, call)),
    },
    ...PAGE_ROUTES,
  ];
  const routes = [...others, ...own];
  return own;
}

const DOCUMENT: NamedSchema = { name: 'OpenApi', schema: { type: 'object' } };

function describedModel(
  { live: { metadata, schema } }: Scoring,
  { rowIdSchema, schemas }: ReplyWriter,
  { extraFields, batchRowsMax }: Pick<ServerContext['config'], 'extraFields' | 'batchRowsMax'>,
): DescribedModel {
  const { name, version, target, idField } = metadata;
  // An id that only the profile knows is a field like others where fields that the model lacks are refused.
  const besides = extraFields === 'forbid' && idField === undefined ? {} : rowIdSchema;
  const row = rowSchema(schema, besides, extraFields);
  return {
    name,
    version,
    target,
    schemas: {
      Row: row,
      RowList: rowListSchema(batchRowsMax),
      JobRequest: jobSchema(batchRowsMax),
      ...schemas,
    },
  };
}

const FILE: Parameter = {
  name: 'file',
  in: 'path',
  description: 'A file of the page',
  schema: { enum: [...FILES.keys()] },
};

const PAGE_ROUTES: readonly BodilessRoute[] = [
  {
    method: 'GET',
    path: '/docs',
    operation: {
      operationId: 'docs',
      summary: 'The page that shows this document',
      reply: { mediaType: 'text/html' },
      errors: [],
    },
    answer: () => html(PAGE),
  },
  {
    method: 'GET',
    path: '/docs/{file}',
    parameters: [FILE],
    operation: {
      operationId: 'docsFile',
      summary: 'A file of the page',
      reply: { mediaType: '*/*' },
      errors: [400, 404],
    },
    answer({ parameters }) {
      const file = FILES.get(parameters['file']!);
      if (file === undefined) throw new ThicketError('ROUTE_UNKNOWN', 'there is no such file');
      return file();
    },
  },
];

function html(body: string): Reply {
  const headers = [['Content-Security-Policy', PAGE_POLICY]] as const;
  return { status: 200, type: 'text/html; charset=utf-8', body, headers };
}

function asset(type: string, body: string | Uint8Array): Reply {
  const headers = [
    ['Cache-Control', 'public, max-age=3600'],
    ['X-Content-Type-Options', 'nosniff'],
  ] as const;
  return { status: 200, type, body, headers };
}

function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}

/** Most processes never show the page: its 1.5 MB are read when first asked for. */
function fileOfSwagger(name: string, type: string): () => Reply {
  let kept: Reply | null = null;
  return () => (kept ??= asset(type, readFileSync(join(packageFolder(), name))));
}
