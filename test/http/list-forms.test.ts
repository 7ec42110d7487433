import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Service, startService } from '../support/http-service.ts';
import { CSV, NDJSON } from '../support/listed.ts';
import { jsonOf, post } from '../support/post.ts';
import { tinyClassifier } from '../support/tiny-model.ts';

const ROW = { sales: 250, quantity: 3, segment: 'Corporate' };

let service: Service;
let url: string;
beforeAll(async () => {
  service = await startService({
    others: [tinyClassifier()],
    config: { batchRowsMax: 1_000, batchBodyBytesMax: 200_000 },
  });
  url = `${service.url}/predict/batch`;
});
afterAll(() => service.stop());

const send = (type: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', headers: { 'content-type': type, ...headers }, body });

const ndjson = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** The content type of the reply. */
const replyType = async (type: string, accept: string): Promise<string> => {
  const body = type === NDJSON ? ndjson([ROW]) : JSON.stringify({ rows: [ROW] });
  return (await send(type, body, { accept })).headers.get('content-type')!;
};

/** The parts of a refusal that clients match. */
const refused = async (reply: Response): Promise<Record<string, unknown>> => {
  const { code, detail } = await jsonOf(reply);
  return { status: reply.status, code, detail };
};

describe('the reply', () => {
  test.each([
    { type: 'application/json', accept: '*/*', is: 'application/json' },
    { type: 'application/json', accept: NDJSON, is: NDJSON },
    { type: 'application/json', accept: 'text/csv', is: 'text/csv; charset=utf-8' },
    { type: 'application/json', accept: 'text/html', is: 'application/json' },
    { type: NDJSON, accept: '*/*', is: NDJSON },
    { type: NDJSON, accept: 'application/json', is: 'application/json' },
    { type: NDJSON, accept: 'text/csv;q=0.1, application/json;q=0.5', is: 'application/json' },
    { type: NDJSON, accept: 'application/json;q=0, */*', is: NDJSON },
    { type: NDJSON, accept: 'application/json, text/plain, */*', is: 'application/json' },
    { type: NDJSON, accept: 'text/html, */*;q=0.8', is: NDJSON },
  ])('to $type with Accept: $accept is $is', async ({ type, accept, is }) => {
    expect(await replyType(type, accept)).toBe(is);
  });

  test('as CSV has the columns that thicket predict prints, then the id and the error', async () => {
    const rows = [{ tenure: 3 }, { tenure: 'long' }, { tenure: 30 }];
    const answer = await post(
      `${service.url}/models/churn/predict/batch`,
      { rows },
      { accept: CSV },
    );
    expect(await answer.text()).toBe(
      'prediction,probability(stays),probability(leaves),prediction_id,error\n' +
        'leaves,0.25,0.75,,\n' +
        ',,,,tenure: Input should be a valid number\n' +
        'stays,0.9375,0.0625,,\n',
    );
  });
});

describe('a list that is refused as a whole', () => {
  test.each([
    { type: 'application/json', body: '{"rows": []}' },
    { type: NDJSON, body: '' },
    { type: NDJSON, body: ' \n\r\n' },
    { type: CSV, body: 'sales,quantity,segment\n' },
  ])('$type without rows: $body', async ({ type, body }) => {
    expect(await refused(await send(type, body))).toEqual({
      status: 400,
      code: 'BATCH_EMPTY',
      detail: 'rows must not be empty',
    });
  });

  test.each([
    { body: '', status: 400, code: 'BODY_MALFORMED' },
    { body: '{"rows": [', status: 400, code: 'BODY_MALFORMED' },
    { body: '[]', status: 422, code: 'ROW_INVALID' },
    { body: '{"raw_ids": [1]}', status: 422, code: 'ROW_INVALID' },
    { body: '{"rows": {"sales": 1}}', status: 422, code: 'ROW_INVALID' },
  ])('JSON that is no list: $body', async ({ body, status, code }) => {
    expect(await refused(await send('application/json', body))).toMatchObject({ status, code });
  });

  test('too many rows, in the words of a batch of raw ids', async () => {
    const rows = Array.from({ length: 1_001 }, () => ({}));
    const bodies = [
      ['application/json', JSON.stringify({ rows }), '1001'],
      [NDJSON, ndjson(rows), '1001'],
      [CSV, `sales,quantity,segment\n${'1,1,a\n'.repeat(1_001)}`, 'at least 1001'],
    ] as const;
    for (const [type, body, got] of bodies) {
      expect(await refused(await send(type, body))).toEqual({
        status: 413,
        code: 'BATCH_TOO_LARGE',
        detail: `Too many rows. Max allowed is 1000. Got ${got}.`,
      });
    }
  });

  test('a body may be larger than that of one row, and has a bound of its own', async () => {
    const rows = [{ ...ROW, pad: 'x'.repeat(100_000) }];
    expect((await post(`${service.url}/predict`, rows[0])).status).toBe(413);
    expect((await post(url, { rows })).status).toBe(200);
    const larger = [...rows, ...rows];
    expect(await refused(await post(url, { rows: larger }))).toEqual({
      status: 413,
      code: 'BODY_TOO_LARGE',
      detail: 'the body is larger than 200000 bytes',
    });
  });

  test.each([
    'text/plain',
    'application/json; charset=latin1',
    'application/x-ndjson; charset=utf-16',
    'text/csv; charset=utf-16',
    'text/csv; header=perhaps',
    'application/ndjson+x',
  ])('%s is a 415', async (type) => {
    expect(await refused(await send(type, '{"rows":[{}]}'))).toMatchObject({
      status: 415,
      code: 'CONTENT_TYPE_UNSUPPORTED',
    });
  });
});
