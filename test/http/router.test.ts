import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Operation, Parameter } from '../../src/http/openapi/operation.ts';
import { jsonReply } from '../../src/http/server/reply.ts';
import type { BodilessRoute, Method, Route } from '../../src/http/server/route.ts';
import { Router } from '../../src/http/server/router.ts';
import { type Service, startService } from '../support/http-service.ts';
import { jsonOf } from '../support/post.ts';
import { RawSocket } from '../support/raw-socket.ts';

const OPERATION: Operation = {
  operationId: 'test',
  summary: 'A test',
  reply: { mediaType: 'application/json' },
  errors: [],
};
const parameter = (name: string, place: Parameter['in']): Parameter => {
  return { name, in: place, description: name, schema: { type: 'string' } };
};
const NAME = parameter('name', 'path');
const VERSION = parameter('version', 'path');

/** A route that repeats its parameters. */
function repeating(
  method: Method,
  path: string,
  says: string,
  ...parameters: readonly Parameter[]
): BodilessRoute {
  const answer: BodilessRoute['answer'] = (call) => jsonReply({ route: says, ...call.parameters });
  return { method, path, parameters, operation: OPERATION, answer };
}

const ROUTES: readonly Route[] = [
  repeating('GET', '/things/{name}', 'any thing', NAME),
  repeating('PUT', '/things/{name}', 'put', NAME),
  repeating('DELETE', '/things/{name}', 'delete', NAME),
  repeating('GET', '/things/latest', 'the latest'),
  repeating('GET', '/things/{name}/now', 'now', NAME),
  repeating('GET', '/{name}/all/now', 'all', NAME),
  repeating('GET', '/things/{name}/{version}', 'version', NAME, VERSION),
  repeating(
    'GET',
    '/search',
    'search',
    parameter('text', 'query'),
    parameter('limit', 'query'),
    parameter('Idempotency-Key', 'header'),
  ),
  repeating('POST', '/start', 'start'),
  {
    method: 'POST',
    path: '/bytes/{name}',
    parameters: [NAME],
    operation: OPERATION,
    body: 'bytes',
    mediaTypes: ['application/octet-stream', 'text/csv'],
    async answer({ parameters }, { type, bytes }) {
      await fetch(`${service.url}/search`); // A kept body outlives the turn that read it.
      const sum = bytes.reduce((total, byte) => total + byte, 0);
      return jsonReply({ ...parameters, type, length: bytes.length, sum });
    },
  },
];

let service: Service;
beforeAll(async () => {
  service = await startService({ routes: ROUTES, config: { bodyBytesMax: 200_000 } });
});
afterAll(() => service.stop());

async function ask(path: string, init: RequestInit = {}): Promise<unknown> {
  const reply = await fetch(service.url + path, init);
  return { status: reply.status, ...(await jsonOf(reply)) };
}

describe('the route of a path', () => {
  test.each([
    { path: '/things/a', route: 'any thing', name: 'a' },
    { path: '/things/latest', route: 'the latest' },
    { path: '/things/latest/now', route: 'now', name: 'latest' },
    { path: '/things/a/3', route: 'version', name: 'a', version: '3' },
    { path: '/things/all/now', route: 'now', name: 'all' },
    { path: '/others/all/now', route: 'all', name: 'others' },
    { path: '/things/a?x=1', route: 'any thing', name: 'a' },
  ])('$path is $route', async ({ path, ...expected }) => {
    expect(await ask(path)).toEqual({ status: 200, ...expected });
  });

  test.each(['PUT', 'DELETE'])('%s has its own', async (method) => {
    const route = method.toLowerCase();
    expect(await ask('/things/a', { method })).toEqual({ status: 200, route, name: 'a' });
  });

  test('HEAD is answered with the headers of GET', async () => {
    const reply = await fetch(`${service.url}/things/a`, { method: 'HEAD' });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-length')).toBe('32');
  });

  test.each(['/', '/things', '/things/', '/things//now', '/things/a/', '/things/a/b/c', '//now'])(
    '%s has none',
    async (path) => {
      const socket = await RawSocket.open(service.port);
      await socket.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      const received = await socket.until((text) => text.includes('"code"'));
      expect(received).toMatch(/^HTTP\/1.1 404 /);
      expect(received).toContain('"code":"ROUTE_UNKNOWN"');
      socket.vanish();
    },
  );

  test.each([
    { method: 'POST', path: '/things/a', allow: 'GET, HEAD, PUT, DELETE' },
    { method: 'PUT', path: '/things/latest', allow: 'GET, HEAD' },
    { method: 'GET', path: '/bytes/a', allow: 'POST' },
  ])('the refusal of $method $path lists what is allowed', async ({ method, path, allow }) => {
    const reply = await fetch(service.url + path, { method });
    expect(reply.status).toBe(405);
    expect(reply.headers.get('allow')).toBe(allow);
    expect(await jsonOf(reply)).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });
});

describe('a path parameter', () => {
  test.each([
    { sent: 'a%20b', name: 'a b' },
    { sent: 'a%2Fb', name: 'a/b' },
    { sent: '%C3%A9t%C3%A9', name: 'été' },
    { sent: 'a+b', name: 'a+b' },
    { sent: 'a%2525', name: 'a%25' },
    { sent: '%2e%2e', name: '..' },
    { sent: 'x'.repeat(256), name: 'x'.repeat(256) },
  ])('$sent is decoded once', async ({ sent, name }) => {
    const socket = await RawSocket.open(service.port);
    await socket.send(`GET /things/${sent} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const received = await socket.until((text) => text.includes('}'));
    const json = Buffer.from(received.slice(received.indexOf('{')), 'latin1').toString();
    expect(JSON.parse(json)).toEqual({ route: 'any thing', name });
    socket.vanish();
  });

  test.each(['%', '%zz', '%ff', '%C3%28', 'x'.repeat(257)])('%s is malformed', async (sent) => {
    const reply = await ask(`/things/${sent}`);
    expect(reply).toMatchObject({ status: 400, code: 'REQUEST_MALFORMED' });
  });
});

describe('query and headers', () => {
  test('a route reads those that it declares', async () => {
    const headers = { 'Idempotency-Key': 'k 1', 'X-Other': 'x' };
    const query = '?text=a+b%26c=d&other=%zz&other=2';
    expect(await ask(`/search${query}`, { headers })).toEqual({
      status: 200,
      route: 'search',
      text: 'a b&c=d',
      'Idempotency-Key': 'k 1',
    });
  });

  test('an empty value was sent, an absent one was not', async () => {
    expect(await ask('/search?text=')).toEqual({ status: 200, route: 'search', text: '' });
    expect(await ask('/search?limit')).toEqual({ status: 200, route: 'search', limit: '' });
    expect(await ask('/search?')).toEqual({ status: 200, route: 'search' });
  });

  test.each(['text=%zz', 'text=a&limit=1&text=b', `text=${'x'.repeat(257)}`])(
    '%s is malformed',
    async (query) => {
      const reply = await ask(`/search?${query}`);
      expect(reply).toMatchObject({ status: 400, code: 'REQUEST_MALFORMED' });
    },
  );
});

describe('a raw body', () => {
  const bytes = Uint8Array.from({ length: 150_000 }, (_, at) => at % 251);
  const sum = bytes.reduce((total, byte) => total + byte, 0);

  test('reaches its route byte for byte', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const reply = await ask('/bytes/a', { method: 'POST', headers, body: bytes });
    const type = 'application/octet-stream';
    expect(reply).toEqual({ status: 200, name: 'a', type, length: bytes.length, sum });
  });

  test('may be empty', async () => {
    const headers = { 'content-type': 'Text/CSV; charset=utf-8' };
    const reply = await ask('/bytes/a', { method: 'POST', headers, body: '' });
    expect(reply).toEqual({ status: 200, name: 'a', type: 'text/csv', length: 0, sum: 0 });
  });

  test('of another type is refused', async () => {
    const headers = { 'content-type': 'application/json' };
    const reply = await ask('/bytes/a', { method: 'POST', headers, body: '{}' });
    expect(reply).toMatchObject({
      status: 415,
      code: 'CONTENT_TYPE_UNSUPPORTED',
      detail: 'the body must be application/octet-stream or text/csv, not "application/json"',
    });
  });

  test('is bounded', async () => {
    const headers = { 'content-type': 'text/csv' };
    const body = 'x'.repeat(200_001);
    const reply = await ask('/bytes/a', { method: 'POST', headers, body });
    expect(reply).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });

  test('that its route does not read is dropped, and the connection serves on', async () => {
    const socket = await RawSocket.open(service.port);
    const post = 'POST /start HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello';
    await socket.send(post + post);
    const received = await socket.until((text) => text.split('"start"').length === 3);
    expect(received.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    socket.vanish();
  });
});

test('the metrics know a route by its template', async () => {
  await ask('/things/secret/17');
  const { text } = await service.metrics.render();
  expect(text).toContain('route="/things/{name}/{version}",code="200"');
  expect(text).not.toContain('secret');
});

describe('a table of routes is refused', () => {
  test.each<{ name: string; routes: readonly Route[]; words: string }>([
    {
      name: 'with two routes for one method',
      routes: [repeating('GET', '/a', 'one'), repeating('GET', '/a', 'another')],
      words: 'GET /a has one route',
    },
    {
      name: 'with paths that differ in names only',
      routes: [
        repeating('GET', '/a/{name}', 'one', NAME),
        repeating('PUT', '/a/{version}', 'two', VERSION),
      ],
      words: 'paths differ in more than names of parameters',
    },
    {
      name: 'with a path parameter that is not declared',
      routes: [repeating('GET', '/a/{name}', 'one')],
      words: 'declares the parameters of its path',
    },
    {
      name: 'with a name for two things',
      routes: [repeating('GET', '/a/{name}', 'one', NAME, parameter('name', 'query'))],
      words: 'declares a name once',
    },
  ])('$name', ({ routes, words }) => {
    expect(() => new Router(routes)).toThrow(words);
  });
});
