import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { apiRoutes } from '../../src/http/routes/api-routes.ts';
import { type Service, startService } from '../support/http-service.ts';

const document = readFileSync('docs/http.md', 'utf8');

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const sorted = (lines: readonly string[]): string[] => lines.toSorted((a, b) => (a < b ? -1 : 1));

test('docs/http.md lists the routes of the service', () => {
  const rows = document.matchAll(/^\| `((?:GET|POST|PUT|DELETE) [^`]+)`/gm);
  const listed = Array.from(rows, ([, route]) => route!);
  const routes = apiRoutes(service.context, () => false);
  expect(sorted(listed)).toEqual(sorted(routes.map(({ method, path }) => `${method} ${path}`)));
});

/** Codes that no request meets: they stop a start or a command. */
const NOT_OF_REQUESTS = /^(MODEL|TABLE|DATASET)_REFUSED|^RUN_|^CONFIG_INVALID|^SETUP_MISSING/;

test('docs/http.md lists the errors of the service as the code has them', () => {
  const code = readFileSync('src/core/errors.ts', 'utf8');
  const rows = code.matchAll(/^ {2}([A-Z_]+): \{ status: (\d+), retry: (true|false) \},$/gm);
  const errors = Array.from(rows, ([, name, status, retry]) => {
    return `${name} ${status} ${retry === 'true' ? 'yes' : 'no'}`;
  });
  const listed = document.matchAll(/^\| `([A-Z_]+)` +\| (\d+) +\| (yes|no) +\|/gm);
  expect(sorted(Array.from(listed, (match) => match.slice(1, 4).join(' ')))).toEqual(
    sorted(errors.filter((error) => !NOT_OF_REQUESTS.test(error))),
  );
});
