import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { FRONTS, type RunningFront, findFront, startFront } from '../../loadtest/fronts.mjs';
import { type Service, startService } from '../support/http-service.ts';
import { MALFORMED_REQUESTS } from '../support/malformed-requests.ts';
import { post } from '../support/post.ts';
import { RawSocket, postText } from '../support/raw-socket.ts';

const ROW = JSON.stringify({ sales: 250.5, quantity: 3, segment: 'Corporate' });
/** Around the time after which the server closes an idle connection, and before. */
const PAUSES_SECONDS = [1, 2, 3, 4, 5, 6, 7, 8, 8.5, 9, 9.5, 10, 10.5, 11, 11.5, 12, 13, 14, 15];

const count = (text: string, part: string): number => text.split(part).length - 1;

let stored = 0;
let service: Service;
beforeAll(async () => {
  service = await startService({
    scoring: { level: 'stored', write: (drafts) => Promise.resolve(drafts.map(() => ++stored)) },
  });
});
afterAll(() => service.stop());

/** Clients that say no more are let go after a second, so that every connection has an end. */
function impatient(settings: string): string {
  return settings
    .replace('keepalive_timeout 620s', 'keepalive_timeout 1s')
    .replace('http {', 'http { keepalive_timeout 1s; client_body_timeout 1s;')
    .replaceAll(/timeout (client|http-request|http-keep-alive) \S+/g, 'timeout $1 1s');
}

/** One row before and one after a pause, on one connection of the client's. */
async function rowsAround(port: number, seconds: number): Promise<number> {
  const socket = await RawSocket.open(port);
  await socket.send(postText('/predict', ROW));
  await socket.until((text) => text.includes('y_pred'));
  await wait(seconds * 1_000);
  await socket.send(postText('/predict', ROW));
  const received = await socket.until((text) => count(text, 'y_pred') === 2);
  socket.vanish();
  return count(received, 'y_pred');
}

describe.each(FRONTS)('$name', (front) => {
  const { reason } = findFront(front.program);
  let running: RunningFront;

  describe.skipIf(reason !== undefined)(reason ?? 'before the server', () => {
    beforeAll(async () => {
      running = await startFront(front, service.port);
    });
    afterAll(() => running.stop());

    test('passes requests and replies on', async () => {
      const url = `http://127.0.0.1:${running.port}`;
      expect((await fetch(`${url}/ready`)).status).toBe(200);
      const replies = await Promise.all(
        Array.from({ length: 50 }, () => post(`${url}/predict`, ROW)),
      );
      expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
      const bundle = await fetch(`${url}/docs/swagger-ui-bundle.js`);
      expect((await bundle.arrayBuffer()).byteLength).toBeGreaterThan(1_000_000);
    });

    test('lets no malformed request smuggle one that is stored without its reply', async () => {
      stored = 0;
      const strict = await startFront(front, service.port, impatient);
      const received = await Promise.all(
        MALFORMED_REQUESTS.map(async ({ bytes }) => {
          const socket = await RawSocket.open(strict.port);
          await socket.send(Buffer.from(bytes, 'latin1'));
          return socket.untilClosed();
        }),
      );
      await strict.stop();
      expect(count(received.join(''), 'y_pred')).toBe(stored);
    });
  });
});

const PRESENT = FRONTS.filter(({ program }) => findFront(program).reason === undefined);

describe.skipIf(PRESENT.length === 0)('a pause of 1 to 15 s', () => {
  test('loses no request through any front', async () => {
    stored = 0;
    const fronts = await Promise.all(PRESENT.map((front) => startFront(front, service.port)));
    const cases = fronts.flatMap(({ port }) =>
      PAUSES_SECONDS.map((seconds) => ({ port, seconds })),
    );
    const answered = await Promise.all(cases.map(({ port, seconds }) => rowsAround(port, seconds)));
    expect(answered).toEqual(cases.map(() => 2));
    expect(stored).toBe(2 * cases.length);
    await Promise.all(fronts.map((front) => front.stop()));
  });
});
