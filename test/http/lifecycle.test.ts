import { afterEach, describe, expect, test } from 'vitest';

import { type Service, startService } from '../support/http-service.ts';
import { HeldStore } from '../support/held-store.ts';
import { jsonOf, post } from '../support/post.ts';
import { RawSocket, postText } from '../support/raw-socket.ts';

const ROW = JSON.stringify({ sales: 250.5, quantity: 3, segment: 'Corporate' });
const count = (text: string, part: string): number => text.split(part).length - 1;

let service: Service;
afterEach(() => service.stop());

test('port 0 takes a free port, and a taken port is refused with one sentence', async () => {
  service = await startService();
  expect(service.port).toBeGreaterThan(0);
  await expect(startService({ config: { port: service.port } })).rejects.toMatchObject({
    code: 'SETUP_MISSING',
    message: expect.stringContaining(
      `cannot listen on 127.0.0.1:${service.port}: the port is taken`,
    ),
  });
});

test('the native server runs here', async () => {
  service = await startService();
  expect((await fetch(`${service.url}/ready`)).headers.get('uwebsockets')).toBe('20');
});

describe('draining', () => {
  test('/ready says no, and everything is served on connections that end', async () => {
    service = await startService();
    const socket = await RawSocket.open(service.port);
    await socket.send(postText('/predict', ROW));
    await socket.until((received) => received.includes('y_pred'));
    service.server.drain();
    service.server.drain();
    await socket.send(postText('/predict', ROW));
    const received = await socket.untilClosed();
    expect(count(received, '200 OK')).toBe(2);
    expect(received.match(/^connection: close/gim)).toHaveLength(1);

    const ready = await fetch(`${service.url}/ready`);
    expect(ready.status).toBe(503);
    expect(ready.headers.get('retry-after')).toBe('2');
    expect(await jsonOf(ready)).toMatchObject({
      code: 'NOT_READY',
      detail: 'the instance is shutting down',
    });
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
  });
});

describe('closing', () => {
  test('waits for the replies that are owed, and takes no new connections', async () => {
    const store = new HeldStore();
    service = await startService({ scoring: { level: 'stored', write: store.write } });
    const replies = [post(`${service.url}/predict`, ROW), post(`${service.url}/predict`, ROW)];
    await store.holding(2);
    let closed = false;
    const closing = service.server.stop().then(() => (closed = true));
    await expect(fetch(`${service.url}/health`)).rejects.toThrow('fetch failed');
    expect(closed).toBe(false);
    store.commit();
    for (const reply of await Promise.all(replies)) expect(reply.status).toBe(200);
    await closing;
  });

  /** More than the kernel's buffers hold between two sockets: the rest waits in the server. */
  const LARGE_REPLY_BYTES = 32_000_000;

  async function askForLargeReply(): Promise<RawSocket> {
    const uri = 'x'.repeat(LARGE_REPLY_BYTES);
    service = await startService({ uri, context: { owedMsMax: 60_000 } });
    const socket = await RawSocket.open(service.port);
    socket.pause();
    await socket.send('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    await fetch(`${service.url}/ready`); // A round trip later the request has been answered.
    return socket;
  }

  test('waits for a client that reads a large reply slowly', async () => {
    const socket = await askForLargeReply();
    const closing = service.server.stop();
    socket.resume();
    const received = await socket.untilClosed();
    const head = received.slice(0, received.indexOf('\r\n\r\n') + 4);
    const length = Number(/Content-Length: (\d+)/.exec(head)?.[1]);
    expect(length).toBeGreaterThan(LARGE_REPLY_BYTES);
    expect(received.length).toBe(head.length + length);
    await closing;
  });

  test('does not wait for one who vanishes while reading', async () => {
    const socket = await askForLargeReply();
    const closing = service.server.stop();
    socket.vanish();
    await expect(closing).resolves.toBeUndefined();
  }, 20_000);

  test('cuts what is still owed at the deadline', async () => {
    const store = new HeldStore();
    service = await startService({
      scoring: { level: 'stored', write: store.write },
      context: { owedMsMax: 1 },
    });
    const reply = post(`${service.url}/predict`, ROW);
    const cut = expect(reply).rejects.toThrow('fetch failed');
    await store.holding(1);
    await service.server.stop();
    await cut;
    store.commit();
  });

  test('closes idle connections, and twice is once', async () => {
    service = await startService();
    const socket = await RawSocket.open(service.port);
    await socket.send(postText('/predict', ROW));
    await socket.until((received) => received.includes('y_pred'));
    await Promise.all([service.server.stop(), service.server.stop()]);
    expect(await socket.untilClosed()).toContain('200 OK');
  });

  test('the port is free for the next server', async () => {
    const first = await startService();
    await first.stop();
    service = await startService({ config: { port: first.port } });
    expect((await fetch(`${service.url}/ready`)).status).toBe(200);
  });
});
