import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Store } from '../../src/store/store.ts';
import { createScoring } from '../support/http-service.ts';
import { storedPredictions, until } from '../support/outcomes.ts';
import { jsonOf, post } from '../support/post.ts';
import {
  STORE_READY_MS_MAX,
  type TestPostgres,
  startPostgres,
  startStore,
} from '../support/postgres.ts';
import { RawSocket, postText } from '../support/raw-socket.ts';
import {
  type StoredService,
  type StoredServiceOptions,
  startStoredService,
} from '../support/stored-service.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { tinyModel } from '../support/tiny-model.ts';

const NAME = 'rf_profit_margin';
const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };
const OTHER_ROW = { ...ROW, quantity: 1 };

let postgres: TestPostgres;
/** Reaches Postgres directly: what really is there. */
let truth: Store;
let services: StoredService[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  truth = await startStore(postgres.url);
  await truth.query(
    (sql) => sql`insert into raw_superstore (sales, quantity, segment, region)
      select at, at, 'Consumer', 'West' from generate_series(1, 3) as at`,
  );
}, STORE_READY_MS_MAX);
afterAll(async () => {
  await truth.stop();
  await postgres.stop();
});
beforeEach(async () => {
  await truth.query((sql) => sql`truncate predictions, idempotency_keys`);
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});

async function start(
  options: StoredServiceOptions = {},
  url = postgres.url,
): Promise<StoredService> {
  const service = await startStoredService(url, options);
  services.push(service);
  return service;
}

const keyed = (url: string, body: unknown, key = 'k-1', path = '/predict'): Promise<Response> =>
  post(url + path, body, { 'idempotency-key': key });
const stored = async (): Promise<number> => (await storedPredictions(truth)).size;
const replayed = (reply: Response): boolean => reply.headers.get('idempotent-replayed') === 'true';

describe('the same key and body', () => {
  test.each([
    ['/predict', ROW],
    ['/predict/batch', { rows: [ROW, { ...ROW, quantity: -1 }, OTHER_ROW] }],
    ['/predict/by-raw-id', { raw_id: 2 }],
    ['/predict/batch/by-raw-ids', { raw_ids: [3, 1, 77] }],
    [`/models/${NAME}/predict`, ROW],
    [`/models/${NAME}/predict/batch`, { rows: [ROW, { ...ROW, quantity: -1 }, OTHER_ROW] }],
    [`/models/${NAME}/predict/by-raw-id`, { raw_id: 2 }],
    [`/models/${NAME}/predict/batch/by-raw-ids`, { raw_ids: [3, 1, 77] }],
  ])('%s gives the same reply to the byte, and stores its rows once', async (path, body) => {
    const { url } = await start({ model: tinyModel({ profile: 'retail' }) });
    const first = await keyed(url, body, 'k-1', path);
    const text = await first.text();
    const rows = await stored();
    expect([first.status, replayed(first), rows > 0]).toEqual([200, false, true]);
    const again = await keyed(url, body, 'k-1', path);
    expect([again.status, replayed(again)]).toEqual([200, true]);
    expect(again.headers.get('content-type')).toBe('application/json');
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(await again.text()).toBe(text);
    expect(await stored()).toBe(rows);
  });

  test('50 times at once: one outcome and one reply', async () => {
    const { url } = await start();
    const replies = await Promise.all(Array.from({ length: 50 }, () => keyed(url, ROW)));
    const texts = new Set(await Promise.all(replies.map((reply) => reply.text())));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(replies.filter(replayed)).toHaveLength(49);
    expect([texts.size, await stored()]).toEqual([1, 1]);
  });

  test('at once on two instances: one outcome, and the same reply from both', async () => {
    const [left, right] = [await start(), await start()];
    for (let round = 0; round < 20; round++) {
      const both = [left, right].map(({ url }) => keyed(url, ROW, `round-${round}`));
      const replies = await Promise.all(both);
      const texts = new Set(await Promise.all(replies.map((reply) => reply.text())));
      expect(texts.size).toBe(1);
      expect(replies.filter(replayed)).toHaveLength(1);
    }
    expect(await stored()).toBe(20);
  });

  test('from another instance, long after', async () => {
    const [left, right] = [await start(), await start()];
    const first = await jsonOf(await keyed(left.url, ROW));
    expect(await jsonOf(await keyed(right.url, ROW))).toEqual(first);
    expect(await stored()).toBe(1);
  });

  test('after the connection was cut behind the request', async () => {
    const { url, port } = await start();
    const client = await RawSocket.open(port);
    const body = JSON.stringify(ROW);
    await client.send(postText('/predict', body, ['Idempotency-Key: cut']));
    await until(async () => (await stored()) === 1);
    client.vanish();
    const reply = await keyed(url, body, 'cut');
    const [id] = await storedPredictions(truth).then((rows) => [...rows.keys()]);
    expect(replayed(reply)).toBe(true);
    expect(await jsonOf(reply)).toMatchObject({ prediction_id: id });
    expect(await stored()).toBe(1);
  });

  test('after the client was gone before its row was stored: it is stored for the retry', async () => {
    let asked = 0;
    let release: (() => void) | null = null;
    const released = new Promise<void>((resolve) => (release = resolve));
    const row = new Map([[1, [250.5, 3, 'Corporate']]]);
    const byIds = async () => {
      asked++;
      await released;
      return row;
    };
    const { url, port } = await start({ scoring: { rawRows: { table: 'raw_superstore', byIds } } });
    const body = JSON.stringify({ raw_id: 1 });
    for (const headers of [[], ['Idempotency-Key: gone']]) {
      const client = await RawSocket.open(port);
      await client.send(postText('/predict/by-raw-id', body, headers));
      await until(() => asked === (headers.length === 0 ? 1 : 2));
      client.vanish();
    }
    await fetch(`${url}/health`); // A round trip behind both resets.
    release!();
    const reply = await keyed(url, body, 'gone', '/predict/by-raw-id');
    expect([reply.status, replayed(reply)]).toEqual([200, true]);
    expect(await stored()).toBe(1); // Without a key nothing would ask for the row again.
  });

  test('after the model was replaced: the reply of the first one', async () => {
    const service = await start();
    const first = await (await keyed(service.url, ROW)).text();
    const scoring = createScoring(tinyModel({ version: '8' }), service.metrics, {
      level: 'stored',
      write: (drafts, level, reply) => service.writer.write(drafts, level, reply),
    });
    await service.models.replace(NAME, { scoring, uri: 'tiny', fallbackReason: null });
    expect(await jsonOf(await keyed(service.url, ROW, 'k-2'))).toMatchObject({
      model_version: '8',
    });
    expect(await (await keyed(service.url, ROW)).text()).toBe(first);
    expect(await stored()).toBe(2);
  });

  test('after the model was replaced by one that refuses the row, and after its raw row is gone', async () => {
    const service = await start();
    await truth.query(
      (sql) => sql`insert into raw_superstore (id, sales, quantity, segment)
      values (900, 5, 2, 'Consumer')`,
    );
    const one = await (await keyed(service.url, ROW)).text();
    const two = await (
      await keyed(service.url, { raw_id: 900 }, 'k-2', '/predict/by-raw-id')
    ).text();
    await truth.query((sql) => sql`delete from raw_superstore where id = 900`);
    const model = tinyModel();
    const [sales, quantity, segment] = model.fields;
    const strict = { ...model, fields: [sales!, { ...quantity!, minimum: 100 }, segment!] };
    const scoring = createScoring(strict, service.metrics, { level: 'stored' });
    await service.models.replace(NAME, { scoring, uri: 'tiny', fallbackReason: null });
    expect((await keyed(service.url, ROW, 'k-3')).status).toBe(422);
    expect(await (await keyed(service.url, ROW)).text()).toBe(one);
    const gone = await keyed(service.url, { raw_id: 900 }, 'k-2', '/predict/by-raw-id');
    expect(await gone.text()).toBe(two);
  });
});

describe('a key that belongs to another request is 422', () => {
  const REUSED = {
    code: 'IDEMPOTENCY_KEY_REUSED',
    detail: [{ type: 'idempotency_key_reused', loc: ['header', 'Idempotency-Key'] }],
  };

  test.each([
    ['another body', '/predict', OTHER_ROW],
    ['the same row in other bytes', '/predict', JSON.stringify(ROW, null, 1)],
    ['a body that the model refuses', '/predict', { ...ROW, quantity: -1 }],
    ['the route of the same model by its name', `/models/${NAME}/predict`, ROW],
    ['another route', '/predict/by-raw-id', { raw_id: 1 }],
  ])('%s', async (_, path, body) => {
    const { url } = await start();
    await keyed(url, ROW);
    const reply = await keyed(url, body, 'k-1', path);
    expect(reply.status).toBe(422);
    expect(await jsonOf(reply)).toMatchObject(REUSED);
    expect(await stored()).toBe(1);
  });

  test('also while the other one is under way, on the same instance or another', async () => {
    const [left, right] = [await start(), await start()];
    const replies = await Promise.all([
      keyed(left.url, ROW),
      keyed(left.url, OTHER_ROW),
      keyed(right.url, { ...ROW, quantity: 2 }),
    ]);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 422)).toHaveLength(2);
    expect(await stored()).toBe(1);
  });
});

describe('a key stays free', () => {
  test('where the request was refused', async () => {
    const { url } = await start();
    expect((await keyed(url, { ...ROW, quantity: -1 })).status).toBe(422);
    const good = await keyed(url, ROW);
    expect([good.status, replayed(good)]).toEqual([200, false]);
  });

  test('where its reply has expired', async () => {
    const { url } = await start();
    await keyed(url, ROW);
    await truth.query((sql) => sql`delete from idempotency_keys`);
    expect(replayed(await keyed(url, OTHER_ROW))).toBe(false);
    expect(await stored()).toBe(2);
  });
});

describe('the header', () => {
  test.each(['two words', 'k'.repeat(256), 'schl\u00fcssel', 'a\tb'])(
    '%j is refused',
    async (key) => {
      const { url } = await start();
      const reply = await keyed(url, ROW, key);
      expect(reply.status).toBe(400);
      expect(await jsonOf(reply)).toMatchObject({ code: 'REQUEST_MALFORMED' });
      expect(await stored()).toBe(0);
    },
  );

  test.each(['k', 'k'.repeat(255), '"8e03978e-40d5-43e8-bc93-6894a57f9324"', 'a\\"{b},c'])(
    '%j is a key',
    async (key) => {
      const { url } = await start();
      const first = await jsonOf(await keyed(url, ROW, key));
      expect(await jsonOf(await keyed(url, ROW, key))).toEqual(first);
      expect(await stored()).toBe(1);
    },
  );

  test('an empty one is none', async () => {
    const { url } = await start();
    await keyed(url, ROW, '');
    await keyed(url, ROW, '');
    expect(await stored()).toBe(2);
  });

  test.each(['queued', 'none'] as const)(
    'is refused at level %s, which cannot keep it',
    async (level) => {
      const { url } = await start({ scoring: { level } });
      const reply = await keyed(url, ROW);
      expect(reply.status).toBe(400);
      expect(await jsonOf(reply)).toMatchObject({
        code: 'IDEMPOTENCY_KEY_UNSUPPORTED',
        detail: expect.stringContaining(`it is ${level} here`),
      });
      expect(await stored()).toBe(0);
    },
  );
});

test('requests without a key send no statement more to Postgres', async () => {
  const proxy = await TcpProxy.start(postgres.url);
  const { url } = await start({}, proxy.url(postgres.url));
  await post(`${url}/predict`, ROW); // The connection is there.
  for (const statement of ['begin', 'lock_timeout', 'idempotency_keys']) {
    proxy.loseReplyTo(statement);
    // More of them in one commit would be copied, within a transaction.
    const replies = Array.from({ length: 50 }, () => post(`${url}/predict`, ROW));
    expect((await Promise.all(replies)).every(({ status }) => status === 200)).toBe(true);
    expect(proxy.repliesLost).toBe(0);
  }
  expect((await keyed(url, ROW)).status).toBe(200);
  expect(proxy.repliesLost).toBe(1); // The key's statement, as the last one asked for: it was sent again.
  await Promise.all(services.splice(0).map((service) => service.stop()));
  await proxy.stop();
});

test('an outage while a keyed request waits: 503, and a retry stores exactly one row', async () => {
  const proxy = await TcpProxy.start(postgres.url);
  const { url, store } = await start({ deadlineMs: 1_000 }, proxy.url(postgres.url));
  await keyed(url, OTHER_ROW, 'before');
  proxy.swallow();
  const waiting = await keyed(url, ROW);
  expect(waiting.status).toBe(503);
  expect(await stored()).toBe(1);
  proxy.pass();
  await until(() => store.status().connected);
  await until(async () => (await keyed(url, ROW)).status === 200);
  const again = await keyed(url, ROW);
  expect(replayed(again)).toBe(true);
  expect(await stored()).toBe(2);
  await Promise.all(services.splice(0).map((service) => service.stop()));
  await proxy.stop();
});

test('a commit whose confirmation is lost: the request is answered, and its retry too', async () => {
  const proxy = await TcpProxy.start(postgres.url);
  const { url } = await start({}, proxy.url(postgres.url));
  proxy.loseReplyTo('commit');
  const first = await keyed(url, ROW);
  expect([first.status, proxy.repliesLost]).toEqual([200, 1]);
  expect(await (await keyed(url, ROW)).text()).toBe(await first.text());
  expect(await stored()).toBe(1);
  await Promise.all(services.splice(0).map((service) => service.stop()));
  await proxy.stop();
});
