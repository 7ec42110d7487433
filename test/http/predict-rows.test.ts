import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { HeldStore } from '../support/held-store.ts';
import { type Service, startService } from '../support/http-service.ts';
import { type Entry, NDJSON, linesOf, outcomes, resultsOf } from '../support/listed.ts';
import { jsonOf, post } from '../support/post.ts';
import { RawSocket, postText } from '../support/raw-socket.ts';
import {
  type TinyRow,
  tinyAnswer,
  tinyClassifier,
  tinyLinear,
  tinyModel,
} from '../support/tiny-model.ts';

const ROWS: readonly TinyRow[] = [
  { sales: 50, quantity: 1, segment: 'Consumer' },
  { sales: 250, quantity: 3, segment: 'Corporate' },
  { sales: 100.00001, quantity: 2, segment: 'Home Office' },
  { sales: 7.5, quantity: 9, segment: 'Corporate' },
];

let service: Service;
let url: string;
beforeAll(async () => {
  service = await startService({
    model: tinyModel({ profile: 'superstore' }),
    others: [tinyClassifier(), tinyLinear()],
    config: { batchRowsMax: 1_000, batchBodyBytesMax: 200_000 },
  });
  url = `${service.url}/predict/batch`;
});
afterAll(() => service.stop());

const send = (type: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', headers: { 'content-type': type, ...headers }, body });

const ndjson = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe('a list as JSON', () => {
  test('is answered in its order, with counts like a batch of raw ids', async () => {
    expect(await jsonOf(await post(url, { rows: ROWS }))).toEqual({
      count_requested: 4,
      count_returned: 4,
      count_refused: 0,
      count_logged: 0,
      max_batch: 1_000,
      chunk_size: 200,
      model_name: 'rf_profit_margin',
      model_version: '7',
      target: 'profit_margin',
      results: ROWS.map((row) => ({
        prediction_id: null,
        y_pred: tinyAnswer(row),
        profit_margin_percent: expect.any(Number),
      })),
    });
  });

  test('keeps its order over many chunks', async () => {
    const rows = Array.from({ length: 1_000 }, (_, at) => ({
      sales: at / 4,
      quantity: 1 + (at % 5),
      segment: at % 3 === 0 ? 'Corporate' : 'Consumer',
    }));
    const results = await resultsOf(await post(url, { rows }));
    expect(outcomes(results)).toEqual(rows.map(tinyAnswer));
  });

  test('has each refused row in its place, with the detail that the row alone would get', async () => {
    const bad = [{ sales: 'a lot', quantity: 1.5 }, [1, 2], null, 7, 'row', { sales: -1 }];
    const rows = [ROWS[0], ...bad, ROWS[1]];
    const reply = await jsonOf(await post(url, { rows }));
    expect(reply).toMatchObject({ count_requested: 8, count_returned: 2, count_refused: 6 });
    const alone = await Promise.all(
      bad.map(async (row) => {
        const { detail } = await jsonOf(await post(`${service.url}/predict`, JSON.stringify(row)));
        return { error: detail };
      }),
    );
    const results = reply['results'] as Entry[];
    expect(results.slice(1, -1)).toEqual(alone);
    expect(results[0]).toMatchObject({ y_pred: tinyAnswer(ROWS[0]!) });
    expect(results[7]).toMatchObject({ y_pred: tinyAnswer(ROWS[1]!) });
  });

  test('is answered also where every row is refused', async () => {
    const reply = await post(url, { rows: [{}, { sales: 1 }] });
    expect(reply.status).toBe(200);
    expect(await jsonOf(reply)).toMatchObject({ count_returned: 0, count_refused: 2 });
  });

  test('takes rows by position, and rows that mix both forms', async () => {
    const rows = [{ features: [250, 3, 'Corporate'] }, ROWS[0], { features: [1, 2] }];
    expect(outcomes(await resultsOf(await post(url, { rows })))).toEqual([
      tinyAnswer(ROWS[1]!),
      tinyAnswer(ROWS[0]!),
      [['too_short', 'body', 'features']],
    ]);
  });

  test('answers a row that stands twice twice, and takes the last of two members of one name', async () => {
    const twice = '{"sales":1,"quantity":1,"segment":"a","sales":250}';
    const reply = await post(url, `{"rows":[${twice},${JSON.stringify(ROWS[1])},${twice}]}`);
    const alone = await jsonOf(await post(`${service.url}/predict`, twice));
    expect(outcomes(await resultsOf(reply))).toEqual([
      alone['y_pred'],
      tinyAnswer(ROWS[1]!),
      alone['y_pred'],
    ]);
  });

  test('refuses the row whose answer is not finite, and it alone', async () => {
    const reply = await post(`${service.url}/models/linear/predict/batch`, {
      rows: [{ x: 2 }, { x: 1e308 }, { x: -1 }],
    });
    expect(outcomes(await resultsOf(reply))).toEqual([9, [['finite_number', 'body']], -3]);
  });

  test('asks the model that the path names', async () => {
    const reply = await post(`${service.url}/models/churn/predict/batch`, {
      rows: [{ tenure: 3 }, { tenure: 30 }],
    });
    expect(await jsonOf(reply)).toMatchObject({
      model_name: 'churn',
      results: [
        { y_pred: 'leaves', probabilities: { stays: 0.25, leaves: 0.75 } },
        { y_pred: 'stays', probabilities: { stays: 0.9375, leaves: 0.0625 } },
      ],
    });
    const unknown = await post(`${service.url}/models/nobody/predict/batch`, { rows: ROWS });
    expect(unknown.status).toBe(404);
  });

  test('that is small does not become a huge reply', async () => {
    const wide = {
      ...tinyModel(),
      fields: Array.from({ length: 300 }, (_, at) => ({ name: `f${at}`, type: 'number' as const })),
      stages: [
        {
          kind: 'linear' as const,
          inputs: Array.from({ length: 300 }, (_, at) => at),
          weights: new Float64Array(300).fill(1),
          intercepts: Float64Array.of(0),
        },
      ],
      ensembles: [],
      answer: { outputs: [{ kind: 'number' as const, value: 300 }], scores: [] },
    };
    const own = await startService({ model: wide });
    const rows = Array.from({ length: 1_000 }, () => ({}));
    const results = await resultsOf(await post(`${own.url}/predict/batch`, { rows }));
    const issues = results.map(({ error }) => error!.length);
    expect(issues[0]).toBe(300);
    expect(issues.at(-1)).toBe(1);
    expect(issues.reduce((sum, count) => sum + count)).toBeLessThan(12_000);
    await own.stop();
  });
});

describe('on_error=reject', () => {
  test('refuses the whole list, and names the place of each row that is wrong', async () => {
    const rows = [ROWS[0], { sales: 'a lot', quantity: 1, segment: 'a' }, ROWS[1], 7];
    const reply = await post(`${url}?on_error=reject`, { rows });
    expect(reply.status).toBe(422);
    expect(await jsonOf(reply)).toMatchObject({
      code: 'ROW_INVALID',
      detail: [
        { type: 'float_type', loc: ['body', 'rows', 1, 'sales'], input: 'a lot' },
        { type: 'model_attributes_type', loc: ['body', 'rows', 3] },
      ],
    });
  });

  test('answers a list without a wrong row as ever', async () => {
    const [rejecting, going] = await Promise.all(
      ['reject', 'continue'].map(async (word) =>
        jsonOf(await post(`${url}?on_error=${word}`, { rows: ROWS })),
      ),
    );
    expect(rejecting).toEqual(going);
  });

  test('is no other word', async () => {
    const reply = await post(`${url}?on_error=perhaps`, { rows: ROWS });
    expect(reply.status).toBe(400);
    expect(await jsonOf(reply)).toMatchObject({
      code: 'REQUEST_MALFORMED',
      detail: 'on_error must be continue or reject, not "perhaps"',
    });
  });
});

describe('a list as NDJSON', () => {
  test('is answered by a line for each row, as /predict answers it', async () => {
    const lines = await linesOf(await send(NDJSON, ndjson(ROWS)));
    const alone = await Promise.all(
      ROWS.map(async (row) => jsonOf(await post(`${service.url}/predict`, row))),
    );
    expect(lines).toEqual(alone);
  });

  test('may have blank lines, CRLF, a byte order mark and no last line end', async () => {
    const [a, b, c] = ROWS.map((row) => JSON.stringify(row));
    const text = `\ufeff\n${a}\r\n \t\r\n\r\n${b}\n\n${c}`;
    expect(outcomes(await linesOf(await send(NDJSON, text)))).toEqual(
      ROWS.slice(0, 3).map(tinyAnswer),
    );
  });

  test('has one bad line refused alone, with its number', async () => {
    const text = `${JSON.stringify(ROWS[0])}\n\n{"sales": 1\n${JSON.stringify(ROWS[1])}\n`;
    const lines = await linesOf(await send(NDJSON, text));
    expect(lines).toEqual([
      expect.objectContaining({ y_pred: tinyAnswer(ROWS[0]!) }),
      { error: [{ type: 'json_invalid', loc: ['body'], msg: 'line 3 is not JSON in UTF-8' }] },
      expect.objectContaining({ y_pred: tinyAnswer(ROWS[1]!) }),
    ]);
  });

  test('has a line that is no UTF-8 refused alone', async () => {
    const body = Buffer.concat([
      Buffer.from('{"sales":1,"quantity":1,"segment":"Caf\xe9"}\n', 'latin1'),
      Buffer.from(JSON.stringify({ ...ROWS[0]!, segment: 'Café' })),
    ]);
    expect(outcomes(await linesOf(await send(NDJSON, body)))).toEqual([
      [['json_invalid', 'body']],
      tinyAnswer(ROWS[0]!),
    ]);
  });
});

test('a list whose client goes away while it is read is not stored', async () => {
  const writes: number[] = [];
  const store = await startService({
    config: { batchBodyBytesMax: 1024 * 1024 },
    scoring: {
      level: 'stored',
      write: (drafts) => {
        writes.push(drafts.length);
        return Promise.resolve(drafts.map((_, at) => at));
      },
    },
  });
  const socket = await RawSocket.open(store.port);
  // Many pieces, each of which is read in a turn of its own.
  const body = `sales,quantity,segment,other\n${`1,1,a,${'x'.repeat(900)}\n`.repeat(900)}`;
  const request = postText('/predict/batch', body).replace('application/json', 'text/csv');
  await socket.send(request);
  socket.vanish();
  await post(`${store.url}/predict/batch`, { rows: [ROWS[0]] });
  await store.stop();
  expect(writes).toEqual([1]);
});

test('a client that goes away before the answer to its list harms nobody', async () => {
  const store = new HeldStore();
  const slow = await startService({ scoring: { level: 'stored', write: store.write } });
  const socket = await RawSocket.open(slow.port);
  await socket.send(postText('/predict/batch', JSON.stringify({ rows: [ROWS[0]] })));
  await store.holding(1);
  socket.vanish();
  await fetch(`${slow.url}/ready`);
  const other = post(`${slow.url}/predict/batch`, { rows: [ROWS[1]] });
  await store.holding(2);
  store.commit();
  expect((await other).status).toBe(200);
  await slow.stop();
});
