import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { runningPostmaster } from '../../src/store/embedded/postmaster.ts';
import { OutcomeWriter } from '../../src/store/outcomes/outcome-writer.ts';
import { findReply } from '../../src/store/outcomes/reply-keys.ts';
import type { Store } from '../../src/store/store.ts';
import { type Service, type ServiceOptions, startService } from '../support/http-service.ts';
import { CSV, type Entry, NDJSON, linesOf, resultsOf } from '../support/listed.ts';
import { until } from '../support/outcomes.ts';
import { jsonOf, post } from '../support/post.ts';
import { type TestPostgres, quietLog, startPostgres, startStore } from '../support/postgres.ts';
import { type TinyRow, tinyAnswer, tinyClassifier, tinyModel } from '../support/tiny-model.ts';

const rowAt = (at: number): TinyRow => ({
  sales: at / 4,
  quantity: 1 + (at % 5),
  segment: at % 3 === 0 ? 'Corporate' : 'Consumer',
});
const rowsUpTo = (count: number): TinyRow[] => Array.from({ length: count }, (_, at) => rowAt(at));

interface StoredRow {
  readonly id: number;
  readonly raw_id: number | null;
  readonly model_name: string;
  readonly prediction: number | null;
  readonly label: string | null;
  readonly request_id: string | null;
  readonly input: unknown;
  /** The transaction that wrote the row. */
  readonly transaction: string;
}

let postgres: TestPostgres;
let store: Store;
let writer: OutcomeWriter;
beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
  writer = new OutcomeWriter({ store, log: quietLog, rowsMax: 100_000, deadlineMs: 5_000 });
  await writer.start();
});
afterAll(async () => {
  await writer.stop();
  await store.stop();
  await postgres.stop();
});
beforeEach(async () => {
  await store.query((sql) => sql`truncate predictions, idempotency_keys`);
});

async function withService(
  options: ServiceOptions,
  work: (service: Service) => Promise<void>,
): Promise<void> {
  const service = await startService({
    model: tinyModel({ profile: 'superstore' }),
    ...options,
    scoring: {
      level: 'stored',
      write: (drafts, level, reply) => writer.write(drafts, level, reply),
      ...options.scoring,
    },
  });
  try {
    await work(service);
  } finally {
    await service.stop();
  }
}

function storedRows(): Promise<StoredRow[]> {
  return store.query(
    (sql) => sql<StoredRow[]>`
      select id, raw_id, model_name, prediction, label, request_id, input, xmin::text as transaction
      from predictions order by id`,
  );
}

/** The stored rows that the ids of a reply name, in its order. */
async function storedUnder(entries: readonly Entry[]): Promise<(StoredRow | null | undefined)[]> {
  const byId = new Map((await storedRows()).map((row) => [row.id, row]));
  return entries.map(({ prediction_id: id }) => (id == null ? null : byId.get(id)));
}

describe('POST /predict/batch at level stored', () => {
  test('stores each row under the id of its reply, with its input, in one transaction', () =>
    withService({ config: { chunkRows: 30 } }, async ({ url }) => {
      const rows = rowsUpTo(100);
      const reply = await post(`${url}/predict/batch`, { rows }, { 'x-request-id': 'list-1' });
      const stored = await storedUnder(await resultsOf(reply));
      expect(stored).toEqual(
        rows.map((row) => ({
          id: expect.any(Number),
          raw_id: null,
          model_name: 'rf_profit_margin',
          prediction: tinyAnswer(row),
          label: null,
          request_id: 'list-1',
          input: row,
          transaction: stored[0]!.transaction,
        })),
      );
      expect(await storedRows()).toHaveLength(100);
    }));

  test('stores what is valid and leaves out what is refused, whichever the form', () =>
    withService({}, async ({ url }) => {
      const rows = rowsUpTo(9);
      const sent = rows.map((row, at) => (at % 3 === 1 ? { ...row, quantity: 'many' } : row));
      const expected = rows.map((row, at) => (at % 3 === 1 ? null : row));
      const json = await post(`${url}/predict/batch`, { rows: sent });
      const lines = await fetch(`${url}/predict/batch`, {
        method: 'POST',
        headers: { 'content-type': NDJSON },
        body: sent.map((row) => JSON.stringify(row)).join('\n'),
      });
      const table = await fetch(`${url}/predict/batch`, {
        method: 'POST',
        headers: { 'content-type': CSV },
        body: `sales,quantity,segment\n${sent.map((row) => Object.values(row).join()).join('\n')}`,
      });
      const counts = await jsonOf(json.clone());
      expect(counts).toMatchObject({ count_requested: 9, count_returned: 6, count_logged: 6 });
      for (const entries of [await resultsOf(json), await linesOf(lines), await resultsOf(table)]) {
        const stored = await storedUnder(entries);
        expect(stored.map((row) => row?.input ?? row)).toEqual(expected);
      }
      expect(await storedRows()).toHaveLength(18);
    }));

  test('gives the ids in a reply that is CSV', () =>
    withService({}, async ({ url }) => {
      const rows = rowsUpTo(3);
      const reply = await post(`${url}/predict/batch`, { rows }, { accept: CSV });
      const ids = (await reply.text())
        .split('\n')
        .slice(1, 4)
        .map((line) => line.split(',')[1]);
      const stored = await storedRows();
      expect(ids).toEqual(stored.map(({ id }) => String(id)));
      expect(stored.map(({ input }) => input)).toEqual(rows);
    }));

  test('stores a row that stands twice twice', () =>
    withService({}, async ({ url }) => {
      const [row] = rowsUpTo(1);
      const results = await resultsOf(await post(`${url}/predict/batch`, { rows: [row, row] }));
      expect(new Set(results.map(({ prediction_id: id }) => id)).size).toBe(2);
      expect((await storedUnder(results)).map((stored) => stored!.input)).toEqual([row, row]);
    }));

  test('stores nothing where every row is refused, or the list is', () =>
    withService({}, async ({ url }) => {
      const none = await jsonOf(await post(`${url}/predict/batch`, { rows: [{}, 7] }));
      expect(none).toMatchObject({ count_returned: 0, count_refused: 2, count_logged: 0 });
      const rows = [...rowsUpTo(5), {}];
      const rejected = await post(`${url}/predict/batch?on_error=reject`, { rows });
      expect(rejected.status).toBe(422);
      expect(await storedRows()).toEqual([]);
    }));

  test('stores the rows of two models under their names', () =>
    withService({ others: [tinyClassifier()] }, async ({ url }) => {
      await Promise.all([
        post(`${url}/predict/batch`, { rows: rowsUpTo(2) }),
        post(`${url}/models/churn/predict/batch`, { rows: [{ tenure: 3 }, { tenure: 30 }] }),
      ]);
      const stored = await storedRows();
      const of = (name: string) => stored.filter((row) => row.model_name === name);
      expect(of('rf_profit_margin').map(({ input }) => input)).toEqual(rowsUpTo(2));
      expect(of('churn').map(({ label, input }) => [label, input])).toEqual([
        ['leaves', { tenure: 3 }],
        ['stays', { tenure: 30 }],
      ]);
    }));
});

describe('a list with an Idempotency-Key', () => {
  test.each([
    { type: 'application/json', accept: '*/*', is: 'application/json' },
    { type: NDJSON, accept: '*/*', is: NDJSON },
    { type: 'application/json', accept: CSV, is: 'text/csv; charset=utf-8' },
  ])('as $type is answered again in its form, $is, and stored once', ({ type, accept, is }) =>
    withService({ context: { findReply: (key) => findReply(store, key) } }, async ({ url }) => {
      const rows = [...rowsUpTo(3), {}];
      const lines = rows.map((row) => JSON.stringify(row)).join('\n');
      const body = type === NDJSON ? lines : JSON.stringify({ rows });
      const headers = { 'content-type': type, accept, 'idempotency-key': 'list' };
      const ask = () => fetch(`${url}/predict/batch`, { method: 'POST', headers, body });
      const first = await ask();
      const again = await ask();
      expect([first, again].map((reply) => reply.headers.get('content-type'))).toEqual([is, is]);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(await again.text()).toBe(await first.text());
      expect(await storedRows()).toHaveLength(3);
    }),
  );
});

describe('POST /predict/batch at another level', () => {
  test('queued: the ids are there at once, and the rows are stored soon', () =>
    withService({ scoring: { level: 'queued' } }, async ({ url }) => {
      const rows = rowsUpTo(70);
      const reply = await post(`${url}/predict/batch`, { rows });
      expect(await jsonOf(reply.clone())).toMatchObject({ count_returned: 70, count_logged: 0 });
      const results = await resultsOf(reply);
      await until(async () => (await storedRows()).length === 70);
      expect((await storedUnder(results)).map((row) => row!.input)).toEqual(rows);
    }));

  test('none: nothing is stored', () =>
    withService({ scoring: { level: 'none' } }, async ({ url }) => {
      const results = await resultsOf(await post(`${url}/predict/batch`, { rows: rowsUpTo(3) }));
      expect(results.map(({ prediction_id: id }) => id)).toEqual([null, null, null]);
      expect(await storedRows()).toEqual([]);
    }));
});

/** Rows of one list: so many that they are copied, not inserted by one statement. */
const LIST_ROWS = 500;

test('a list is stored as a whole or not at all while Postgres is killed again and again', () =>
  withService({}, async ({ url }) => {
    const cluster = `${postgres.directory}/postgres`;
    const rows = rowsUpTo(LIST_ROWS);
    const answered = new Map<string, readonly Entry[]>();
    let sent = 0;
    const end = new AbortController();
    const client = async (): Promise<void> => {
      while (!end.signal.aborted) {
        const id = `kill-${sent++}`;
        const reply = await post(`${url}/predict/batch`, { rows }, { 'x-request-id': id });
        expect([200, 503]).toContain(reply.status);
        if (reply.status === 200) answered.set(id, await resultsOf(reply));
        else await reply.text();
      }
    };
    const clients = Array.from({ length: 4 }, client);
    for (let kill = 0; kill < 3; kill++) {
      const before = answered.size;
      await until(() => answered.size > before + 3);
      const { pid } = runningPostmaster(cluster)!;
      process.kill(pid, 'SIGKILL');
      await until(() => (runningPostmaster(cluster)?.pid ?? pid) !== pid);
      await until(() => store.status().connected);
    }
    end.abort();
    await Promise.all(clients);
    await until(() => store.status().connected);
    const idsOf = new Map<string, number[]>();
    for (const { request_id: request, id } of await storedRows()) {
      idsOf.set(request!, [...(idsOf.get(request!) ?? []), id]);
    }
    for (const [request, ids] of idsOf) expect([request, ids.length]).toEqual([request, LIST_ROWS]);
    for (const [request, entries] of answered) {
      const ids = entries.map(({ prediction_id: id }) => id);
      expect([request, idsOf.get(request)]).toEqual([request, ids]);
    }
  }));

// The last of this file: the server does not come back.
test('while Postgres is away the list is a 503, and nothing of it is stored', () =>
  withService({}, async ({ url }) => {
    await postgres.server.stop();
    await until(() => !store.status().connected);
    const away = await post(`${url}/predict/batch`, { rows: rowsUpTo(3) });
    expect(away.status).toBe(503);
    expect(away.headers.get('retry-after')).toBe('2');
    expect(await jsonOf(away)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  }));
