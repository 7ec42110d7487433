import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type { Scoring } from '../../score/scoring.ts';
import type { ServerContext } from '../server/context.ts';
import { openApi } from '../openapi/openapi.ts';
import { type Reply, jsonTextReply } from '../server/reply.ts';
import { requireScoring } from './require-scoring.ts';
import type { Route } from '../server/route.ts';

/** The files of Swagger UI that the page needs; nothing else of its package can be asked for. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

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

/** The document and the page that shows it. */
export function docsRoutes(context: ServerContext): readonly Route[] {
  const documentOf = documentOfTheLatest(context);
  const assets = Object.entries(ASSETS).map(([name, type]) =>
    page(
      `/docs/${name}`,
      oncePerProcess(() => asset(type, readFileSync(join(packageFolder(), name)))),
    ),
  );
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      answer: () => jsonTextReply(documentOf(requireScoring(context))),
    },
    page('/docs', () => html(PAGE)),
    page('/docs/start.js', () => asset('text/javascript; charset=utf-8', START_SCRIPT)),
    ...assets,
  ];
}

function page(path: string, answer: () => Reply): Route {
  return { method: 'GET', path, answer };
}

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
function oncePerProcess(read: () => Reply): () => Reply {
  let kept: Reply | null = null;
  return () => (kept ??= read());
}

function documentOfTheLatest(context: ServerContext): (scoring: Scoring) => string {
  const { appVersion, config } = context;
  let latest: { scoring: Scoring; text: string } | null = null;
  return (scoring) => {
    if (latest?.scoring !== scoring) {
      latest = { scoring, text: JSON.stringify(openApi(scoring.live, { appVersion, ...config })) };
    }
    return latest.text;
  };
}
