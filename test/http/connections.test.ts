import { EventEmitter, once } from 'node:events';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RawValues } from '../../src/core/rows.ts';
import { type Service, startService } from '../support/http-service.ts';
import { HeldStore } from '../support/held-store.ts';
import { jsonOf, post } from '../support/post.ts';
import { RawSocket, postText } from '../support/raw-socket.ts';

const ROW = JSON.stringify({ sales: 250.5, quantity: 3, segment: 'Corporate' });
const count = (text: string, part: string): number => text.split(part).length - 1;
const bodiless = (method: string, path: string): string =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('a body that arrives in pieces is read whole', async () => {
  const socket = await RawSocket.open(service.port);
  const text = postText('/predict', ROW);
  await socket.send(text.slice(0, -20));
  // The next request is answered between the halves: no client waits for a slow one.
  expect((await post(`${service.url}/predict`, ROW)).status).toBe(200);
  await socket.send(text.slice(-20));
  expect(await socket.until((received) => received.includes('y_pred'))).toContain('200 OK');
  socket.vanish();
});

test('a chunked body is read whole', async () => {
  const socket = await RawSocket.open(service.port);
  const half = ROW.length >> 1;
  const chunks = [ROW.slice(0, half), ROW.slice(half)].map(
    (part) => `${part.length.toString(16)}\r\n${part}\r\n`,
  );
  await socket.send(
    'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  for (const chunk of chunks) await socket.send(chunk);
  await socket.send('0\r\n\r\n');
  expect(await socket.until((received) => received.includes('y_pred'))).toContain('200 OK');
  socket.vanish();
});

test('one connection serves request after request', async () => {
  const socket = await RawSocket.open(service.port);
  for (let at = 1; at <= 3; at++) {
    await socket.send(postText('/predict', ROW));
    const received = await socket.until((text) => count(text, 'y_pred') === at);
    expect(count(received, '200 OK')).toBe(at);
  }
  socket.vanish();
});

test('pipelined requests without bodies are answered in order', async () => {
  const socket = await RawSocket.open(service.port);
  const requests = ['/ready', '/nowhere', '/ready'].map((path) => bodiless('GET', path));
  await socket.send(requests.join(''));
  const received = await socket.until((text) => count(text, 'HTTP/1.1 ') === 3);
  expect(received.match(/HTTP\/1.1 \d+/g)).toEqual([
    'HTTP/1.1 200',
    'HTTP/1.1 404',
    'HTTP/1.1 200',
  ]);
  socket.vanish();
});

test('of requests that a connection sends at once, none is stored without its answer', async () => {
  let stored = 0;
  const own = await startService({
    scoring: { level: 'stored', write: async (drafts) => drafts.map(() => ++stored) },
  });
  const socket = await RawSocket.open(own.port);
  await socket.send(postText('/predict', ROW).repeat(4));
  socket.end();
  const received = await socket.untilClosed();
  expect(count(received, '"logged_to_db":true')).toBe(stored);
  await own.stop();
});

test('a row whose client is gone before it is stored is not stored', async () => {
  const store = new HeldStore();
  const reading = new EventEmitter();
  const byIds = async (): Promise<Map<number, RawValues>> => {
    reading.emit('asked');
    await once(reading, 'found');
    return new Map([[7, [250.5, 3, 'Corporate']]]);
  };
  const own = await startService({
    scoring: { level: 'stored', write: store.write, rawRows: { table: 'rows', byIds } },
  });
  const socket = await RawSocket.open(own.port);
  const asked = once(reading, 'asked');
  await socket.send(postText('/predict/by-raw-id', '{"raw_id": 7}'));
  await asked;
  socket.vanish();
  await fetch(`${own.url}/ready`); // A whole round trip later the server has noticed.
  reading.emit('found');
  await own.stop(); // Ends when every call has ended; a row that is being stored would hold it.
  expect(store.waiting).toBe(0);
});

test('a client that vanishes in the middle of its body harms nobody', async () => {
  const socket = await RawSocket.open(service.port);
  await socket.send(postText('/predict', ROW).slice(0, -5));
  socket.vanish();
  expect((await post(`${service.url}/predict`, ROW)).status).toBe(200);
});

test('a client that vanishes before its answer harms nobody', async () => {
  const store = new HeldStore();
  const slow = await startService({ scoring: { level: 'stored', write: store.write } });
  const socket = await RawSocket.open(slow.port);
  await socket.send(postText('/predict', ROW));
  await store.holding(1);
  socket.vanish();
  // A whole round trip later the server has noticed.
  await fetch(`${slow.url}/ready`);
  const other = post(`${slow.url}/predict`, ROW);
  await store.holding(2);
  store.commit();
  expect((await other).status).toBe(200);
  await slow.stop();
});

test('HEAD has the headers of GET and no body', async () => {
  const socket = await RawSocket.open(service.port);
  await socket.send(bodiless('HEAD', '/ready') + bodiless('GET', '/ready'));
  const received = await socket.until((text) => text.includes('"ready"'));
  expect(received.match(/Content-Length: \d+/g)).toEqual([
    'Content-Length: 18',
    'Content-Length: 18',
  ]);
  expect(count(received, '{"status":"ready"}')).toBe(1);
  socket.vanish();
});

describe('X-Request-ID', () => {
  test.each(['7', 'trace-01.a:b/c+d=', 'a'.repeat(128)])('%s is kept', async (id) => {
    const reply = await post(`${service.url}/predict`, ROW, { 'x-request-id': id });
    expect(reply.headers.get('x-request-id')).toBe(id);
  });

  test.each(['', 'two words', 'a"b', 'a'.repeat(129), '<script>'])(
    'instead of %j the request gets an id of ours',
    async (id) => {
      const reply = await post(`${service.url}/predict`, '{', { 'x-request-id': id });
      const own = reply.headers.get('x-request-id');
      expect(own).toMatch(/^[0-9a-f-]{36}$/);
      expect((await jsonOf(reply))['request_id']).toBe(own);
    },
  );
});
