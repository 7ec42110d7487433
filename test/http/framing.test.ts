import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { HeldStore } from '../support/held-store.ts';
import { type Service, startService } from '../support/http-service.ts';
import { MALFORMED_REQUESTS } from '../support/malformed-requests.ts';
import { RawSocket, postText } from '../support/raw-socket.ts';

const ROW = JSON.stringify({ sales: 250.5, quantity: 3, segment: 'Corporate' });
const statusesOf = (received: string): number[] =>
  Array.from(received.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => Number(status));

let stored = 0;
let service: Service;
beforeAll(async () => {
  service = await startService({
    scoring: {
      level: 'stored',
      write: (drafts) => Promise.resolve(drafts.map(() => ++stored)),
    },
  });
});
afterAll(() => service.stop());
beforeEach(() => {
  stored = 0;
});

/** All that comes back until the server closes the connection. */
async function answerTo(...pieces: readonly string[]): Promise<string> {
  const socket = await RawSocket.open(service.port);
  for (const piece of pieces) await socket.send(Buffer.from(piece, 'latin1'));
  return socket.untilClosed();
}

describe('a malformed request has one answer, ends its connection and smuggles nothing', () => {
  test('of forty kinds and more', () => {
    expect(new Set(MALFORMED_REQUESTS.map(({ name }) => name)).size).toBe(
      MALFORMED_REQUESTS.length,
    );
    expect(MALFORMED_REQUESTS.length).toBeGreaterThan(40);
  });

  test.each(MALFORMED_REQUESTS)('$name: $status', async ({ bytes, status }) => {
    const received = await answerTo(bytes);
    expect(statusesOf(received)).toEqual([status]);
    expect(received).toMatch(/\r\nConnection: close\r\n/);
    const [, id] = /\r\nX-Request-ID: (\S+)\r\n/.exec(received) ?? [];
    expect(JSON.parse(received.slice(received.indexOf('\r\n\r\n')))).toMatchObject({
      detail: expect.any(String),
      request_id: id,
    });
    expect(stored).toBe(0);
  });

  test.each(MALFORMED_REQUESTS)('$name, in pieces', async ({ bytes, status }) => {
    const at = Math.min(bytes.length - 1, 37);
    const socket = await RawSocket.open(service.port);
    await socket.send(Buffer.from(bytes.slice(0, at), 'latin1'));
    await fetch(`${service.url}/health`); // A whole round trip later the first piece was read.
    await socket.send(Buffer.from(bytes.slice(at), 'latin1'));
    expect(statusesOf(await socket.untilClosed())).toEqual([status]);
    expect(stored).toBe(0);
  });

  test('the metrics count it', async () => {
    await answerTo('garbage\r\n\r\n');
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).toMatch(/thicket_http_request_seconds_count\{route="unknown",code="400"\} \d+/);
  });
});

describe('HTTP/1.0', () => {
  test.each([
    'GET /ready HTTP/1.0\r\n\r\n',
    'GET /ready HTTP/1.0\r\nHost: x\r\nConnection: close\r\n\r\n',
    'GET /ready HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    'HEAD /ready HTTP/1.0\r\n\r\n',
  ])('%j is answered, and its connection ends', async (bytes) => {
    expect(statusesOf(await answerTo(bytes))).toEqual([200]);
  });

  test('a POST is scored and stored, also in pieces', async () => {
    const text = postText('/predict', ROW).replace('HTTP/1.1', 'HTTP/1.0');
    expect(await answerTo(text)).toContain('y_pred');
    expect(await answerTo(...text.match(/.|\s/g)!)).toContain('y_pred');
    expect(stored).toBe(2);
  });
});

describe('requests that are sent at once', () => {
  test('are answered in order, each stored once', async () => {
    const socket = await RawSocket.open(service.port);
    const ids = Array.from({ length: 50 }, (_, at) => `X-Request-ID: pipelined-${at}`);
    const texts = ids.map((id, at) =>
      at % 5 === 4
        ? `GET /ready HTTP/1.1\r\nHost: x\r\n${id}\r\n\r\n`
        : postText('/predict', ROW, [id]),
    );
    await socket.send(texts.join(''));
    const received = await socket.until((text) => statusesOf(text).length === ids.length);
    expect(received.match(/X-Request-ID: \S+/g)).toEqual(ids);
    expect(stored).toBe(40);
    socket.vanish();
  });

  test('wait while the reply before them waits for its commit', async () => {
    const store = new HeldStore();
    const slow = await startService({ scoring: { level: 'stored', write: store.write } });
    const socket = await RawSocket.open(slow.port);
    await socket.send(postText('/predict', ROW));
    await store.holding(1);
    await socket.send(postText('/predict', ROW));
    await fetch(`${slow.url}/ready`);
    expect(store.waiting).toBe(1);
    store.commit();
    await store.holding(1);
    store.commit();
    const received = await socket.until((text) => statusesOf(text).length === 2);
    expect(statusesOf(received)).toEqual([200, 200]);
    socket.vanish();
    await slow.stop();
  });

  test('behind a large reply that is read slowly are answered after it', async () => {
    const socket = await RawSocket.open(service.port);
    socket.pause();
    await socket.send(
      'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(8) +
        postText('/predict', ROW),
    );
    await fetch(`${service.url}/ready`);
    socket.resume();
    const received = await socket.until((text) => text.includes('y_pred'));
    expect(received.match(/HTTP\/1\.1 200 OK\r\n/g)).toHaveLength(9);
    expect(stored).toBe(1);
    socket.vanish();
  });

  test('a malformed one behind good ones ends the connection after their replies', async () => {
    const received = await answerTo(
      `${postText('/predict', ROW).repeat(3)}BREW / HTTP/1.1\r\n\r\n${postText('/predict', ROW)}`,
    );
    expect(statusesOf(received)).toEqual([200, 200, 200, 501]);
    expect(stored).toBe(3);
  });
});

test('a client that has said all reads its reply', async () => {
  const store = new HeldStore();
  const slow = await startService({ scoring: { level: 'stored', write: store.write } });
  const socket = await RawSocket.open(slow.port);
  await socket.send(postText('/predict', ROW));
  socket.end();
  await store.holding(1);
  await fetch(`${slow.url}/ready`); // A whole round trip later the server has seen the end.
  store.commit();
  expect(statusesOf(await socket.untilClosed())).toEqual([200]);
  await slow.stop();
});

test.each(['QUERY', 'PROPFIND', 'TRACE', 'PATCH', 'VERSION-CONTROL'])(
  '%s is known, and told what is allowed',
  async (method) => {
    const socket = await RawSocket.open(service.port);
    await socket.send(`${method} /health HTTP/1.1\r\nHost: x\r\n\r\n`);
    const received = await socket.until((text) => text.includes('"code"'));
    socket.vanish();
    expect(statusesOf(received)).toEqual([405]);
    expect(received).toContain('\r\nAllow: GET, HEAD\r\n');
  },
);

test('a head that arrives byte by byte is read whole', async () => {
  const socket = await RawSocket.open(service.port);
  for (const byte of postText('/predict', ROW)) await socket.send(byte);
  expect(statusesOf(await socket.until((text) => text.includes('y_pred')))).toEqual([200]);
  socket.vanish();
});
