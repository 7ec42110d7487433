import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { afterEach, expect, test } from 'vitest';

import { ReadingTurns } from '../../src/http/server/body/reading-turns.ts';
import { SINGLE } from '../../src/http/server/json/shape.ts';
import { type Service, type ServiceOptions, startService } from '../support/http-service.ts';
import { HeldStore } from '../support/held-store.ts';
import { until } from '../support/outcomes.ts';
import { post } from '../support/post.ts';
import { RawSocket, postText } from '../support/raw-socket.ts';

const ROW = JSON.stringify({ sales: 250.5, quantity: 3, segment: 'Corporate' });
/** Three quarters of the room, which is what large bodies may take together. */
const LARGE = 60_000;
const padded = (bytes: number): string => ROW + ' '.repeat(bytes - ROW.length);
const large = postText('/predict', padded(LARGE));

let service: Service | null = null;
afterEach(() => service?.stop());

async function serve(config: ServiceOptions['config'] = {}): Promise<Service> {
  return (service = await startService({ config: { bodiesBytesMax: 80_000, ...config } }));
}

async function statusOf(socket: RawSocket): Promise<string> {
  const text = await socket.until((received) => received.includes('\r\n\r\n'));
  return /^HTTP\/1.1 (\d+)/.exec(text)?.[1] ?? `closed: ${text}`;
}

/** A client that has announced a large body and sent its first half. */
async function halfSent({ port }: Service): Promise<RawSocket> {
  const socket = await RawSocket.open(port);
  await socket.send(large.slice(0, LARGE / 2));
  await fetch(`http://127.0.0.1:${port}/ready`); // A round trip later the half has arrived.
  return socket;
}

async function postLarge({ url }: Service): Promise<Response> {
  return post(`${url}/predict`, padded(LARGE));
}

test('a large body that finds no room is a 429, and small rows are answered beside it', async () => {
  const running = await serve();
  const first = await halfSent(running);
  const refused = await postLarge(running);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(await refused.json()).toMatchObject({
    code: 'QUEUE_FULL',
    detail: `bodies of ${LARGE} bytes are under way already`,
  });
  expect((await post(`${running.url}/predict`, ROW)).status).toBe(200);
  await first.send(large.slice(LARGE / 2));
  expect(await statusOf(first)).toBe('200');
  first.vanish();
});

test('a chunked body takes room as it arrives', async () => {
  const running = await serve();
  const first = await halfSent(running);
  const chunked = await RawSocket.open(running.port);
  const chunk = `2710\r\n${' '.repeat(10_000)}\r\n`;
  await chunked.send(
    `POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`,
  );
  expect(await statusOf(chunked)).toBe('429');
  for (const socket of [first, chunked]) socket.vanish();
});

test.each([
  {
    end: 'an answer',
    bring: async (running: Service) => {
      expect((await postLarge(running)).status).toBe(200);
    },
  },
  {
    end: 'a body that is not JSON',
    bring: async (running: Service) => {
      expect((await post(`${running.url}/predict`, 'x'.repeat(LARGE))).status).toBe(400);
    },
  },
  {
    end: 'a client that goes away',
    bring: async (running: Service) => {
      (await halfSent(running)).vanish();
      await fetch(`${running.url}/ready`);
    },
  },
  {
    end: 'the deadline',
    config: { bodyDeadlineMs: 100 },
    bring: async (running: Service) => {
      const socket = await halfSent(running);
      expect(await socket.untilClosed()).toMatch(/^HTTP\/1.1 408 [^]*"code":"BODY_LATE"/);
    },
  },
  {
    end: 'a refusal because it grew too large',
    bring: async (running: Service) => {
      const socket = await RawSocket.open(running.port);
      const chunk = `7530\r\n${' '.repeat(30_000)}\r\n`;
      await socket.send(
        `POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
      );
      await socket.send(chunk + chunk);
      expect(await statusOf(socket)).toMatch(/413|429/);
      socket.vanish();
    },
  },
])('the room is given back after $end', async ({ bring, config }) => {
  const running = await serve(config);
  await bring(running);
  await bring(running);
  expect((await postLarge(running)).status).toBe(200);
  if (config !== undefined) return; // The next body would be late as well.
  // Room that is given back twice would let too much in.
  const first = await halfSent(running);
  expect((await postLarge(running)).status).toBe(429);
  first.vanish();
  await fetch(`${running.url}/ready`);
  expect((await postLarge(running)).status).toBe(200);
});

test('large bodies are read in turns of the event loop, in order, and small work goes on in between', async () => {
  const turns = new ReadingTurns();
  const events: string[] = [];
  const body = Buffer.from(`[${'1,'.repeat(200_000)}1]`);
  const readings = ['first', 'second'].map(async (name) => {
    await turns.readerOf(body, () => true)(SINGLE);
    events.push(name);
  });
  let turnsBetween = 0;
  void Promise.all(readings).then(() => events.push('all'));
  for (; events.length < 3; turnsBetween++) await new Promise((resolve) => setImmediate(resolve));
  expect(events).toEqual(['first', 'second', 'all']);
  expect(turnsBetween).toBeGreaterThan(10);
});

test('a body that nobody waits for any more is not read on', async () => {
  const turns = new ReadingTurns();
  const body = Buffer.from(`[${'1,'.repeat(200_000)}1]`);
  let asked = 0;
  const reading = turns.readerOf(body, () => ++asked <= 2)(SINGLE);
  await expect(reading).rejects.toMatchObject({ code: 'CLIENT_GONE' });
  expect(asked).toBe(3);
});

/** Far longer than a collector takes on a busy machine; held bodies stay for ever. */
const MEMORY_BACK_MS_MAX = 60_000;

test('of bodies whose rows wait for their commit nothing is in memory but the rows', async () => {
  const store = new HeldStore();
  service = await startService({
    config: { bodyBytesMax: 1024 * 1024, bodiesBytesMax: 64 * 1024 * 1024 },
    scoring: { level: 'stored', write: store.write },
  });
  const unknown = `{"unknown":[${'[{"a":"b"}],'.repeat(60_000)}1],${ROW.slice(1)}`;
  const request = Buffer.from(postText('/predict', unknown));
  const before = memoryInUse();
  const sockets: RawSocket[] = [];
  for (let count = 1; count <= 20; count++) {
    const socket = await RawSocket.open(service.port);
    await socket.send(request);
    sockets.push(socket);
    await store.holding(count);
  }
  // The memory of buffers is given back by a thread of the collector's, some time after a collection.
  const isBack = (): boolean => memoryInUse() - before < 5 * request.length;
  const back = until(isBack, MEMORY_BACK_MS_MAX);
  await back.finally(() => store.commit()); // The service cannot stop while rows are held.
  for (const socket of sockets) expect(await statusOf(socket)).toBe('200');
  for (const socket of sockets) socket.vanish();
});

/** After a collection of garbage. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
