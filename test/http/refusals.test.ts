import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ThicketError } from '../../src/core/errors.ts';
import { LiveModels } from '../../src/score/live-models.ts';
import { type Service, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import { RawSocket, postText } from '../support/raw-socket.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };

let service: Service;
beforeAll(async () => {
  service = await startService({ config: { bodyBytesMax: 2_000, batchRowsMax: 3 } });
});
afterAll(() => service.stop());

/** The error shape, with the id of the request in header and body alike. */
async function refusal(
  reply: Response,
): Promise<{ status: number; code: unknown; detail: unknown }> {
  const { code, detail, request_id: id, ...rest } = await jsonOf(reply);
  expect(rest).toEqual({});
  expect(id).toBe(reply.headers.get('x-request-id'));
  expect(Number(reply.headers.get('x-process-time'))).toBeGreaterThan(0);
  expect(reply.headers.get('content-type')).toBe('application/json');
  return { status: reply.status, code, detail };
}

describe('400 BODY_MALFORMED', () => {
  test.each([
    { name: 'an empty body', body: '' },
    { name: 'a cut body', body: '{"sales": 1' },
    { name: 'NaN, which is not JSON', body: '{"sales": NaN}' },
    { name: 'two values', body: '{} {}' },
    { name: 'brackets that nobody closes', body: '[[[[[[[[[[', times: 100 },
  ])('$name', async ({ body, times = 1 }) => {
    const reply = await refusal(await post(`${service.url}/predict`, body.repeat(times)));
    expect(reply).toMatchObject({ status: 400, code: 'BODY_MALFORMED' });
  });

  test('bytes that are not UTF-8', async () => {
    const body = Buffer.from('{"segment": "Caf\xe9"}', 'latin1');
    const reply = await fetch(`${service.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(await refusal(reply)).toEqual({
      status: 400,
      code: 'BODY_MALFORMED',
      detail: 'the body is not UTF-8',
    });
  });
});

describe('415 CONTENT_TYPE_UNSUPPORTED', () => {
  test.each([
    { name: 'text', headers: { 'content-type': 'text/plain' } },
    { name: 'a form', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    { name: 'another charset', headers: { 'content-type': 'application/json; charset=latin1' } },
    { name: 'a compressed body', headers: { 'content-encoding': 'gzip' } },
  ] as { name: string; headers: Record<string, string> }[])('$name', async ({ headers }) => {
    const reply = await post(`${service.url}/predict`, ROW, headers);
    expect(await refusal(reply)).toMatchObject({ status: 415, code: 'CONTENT_TYPE_UNSUPPORTED' });
  });

  test('no content type at all', async () => {
    const socket = await RawSocket.open(service.port);
    await socket.send('POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}');
    expect(await socket.until((text) => text.includes('"code"'))).toMatch(/^HTTP\/1.1 415 /);
    socket.vanish();
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
  ])('%s is fine', async (type) => {
    const reply = await post(`${service.url}/predict`, ROW, { 'content-type': type });
    expect(reply.status).toBe(200);
  });
});

describe('413', () => {
  test('a body whose announced length is too large is refused, and the connection serves on', async () => {
    const socket = await RawSocket.open(service.port);
    await socket.send(postText('/predict', ' '.repeat(2_001)));
    const refused = await socket.until((text) => text.includes('"code"'));
    expect(refused).toMatch(/^HTTP\/1.1 413 Content Too Large\r\n/);
    expect(refused).toContain(
      '"detail":"the body is larger than 2000 bytes","code":"BODY_TOO_LARGE"',
    );
    await socket.send(postText('/predict', JSON.stringify(ROW)));
    expect(await socket.until((text) => text.includes('y_pred'))).toContain('HTTP/1.1 200 OK');
    socket.vanish();
  });

  test('a chunked body that grows too large is refused while it grows', async () => {
    const socket = await RawSocket.open(service.port);
    await socket.send(
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `3e8\r\n${' '.repeat(1_000)}\r\n`;
    await socket.send(chunk + chunk + chunk);
    expect(await socket.until((text) => text.includes('"code"'))).toMatch(/^HTTP\/1.1 413 /);
    await socket.send(`${chunk}0\r\n\r\n${postText('/predict', JSON.stringify(ROW))}`);
    expect(await socket.until((text) => text.includes('y_pred'))).toContain('HTTP/1.1 200 OK');
    socket.vanish();
  });

  test('too many raw ids, in the words that clients know', async () => {
    const url = `${service.url}/predict/batch/by-raw-ids`;
    expect(await refusal(await post(url, { raw_ids: [1, 2, 3, 4] }))).toEqual({
      status: 413,
      code: 'BATCH_TOO_LARGE',
      detail: 'Too many raw_ids. Max allowed is 3. Got 4.',
    });
  });
});

describe('404 and 405', () => {
  test('an unknown path', async () => {
    const reply = await refusal(await fetch(`${service.url}/predictions?x=1`));
    expect(reply).toMatchObject({ status: 404, code: 'ROUTE_UNKNOWN' });
  });

  test.each([
    { method: 'GET', path: '/predict', allow: 'POST' },
    { method: 'DELETE', path: '/health', allow: 'GET, HEAD' },
    { method: 'OPTIONS', path: '/predict', allow: 'POST' },
  ])('$method $path is told what is allowed', async ({ method, path, allow }) => {
    const reply = await fetch(`${service.url}${path}`, { method });
    expect(reply.headers.get('allow')).toBe(allow);
    expect(await refusal(reply)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  });
});

describe('422 ROW_INVALID', () => {
  test('every field that is wrong is named', async () => {
    const reply = await post(`${service.url}/predict`, { sales: 'a lot', quantity: 1.5 });
    expect(await refusal(reply)).toEqual({
      status: 422,
      code: 'ROW_INVALID',
      detail: [
        {
          type: 'float_type',
          loc: ['body', 'sales'],
          msg: 'Input should be a valid number',
          input: 'a lot',
        },
        {
          type: 'int_from_float',
          loc: ['body', 'quantity'],
          msg: 'Input should be a valid integer, got a number with a fractional part',
          input: 1.5,
        },
        {
          type: 'missing',
          loc: ['body', 'segment'],
          msg: 'Field required',
          input: { sales: 'a lot', quantity: 1.5 },
        },
      ],
    });
  });

  test.each(['[1, 2, 3]', '7', 'null', '"row"'])('a body that is no object: %s', async (body) => {
    const reply = await refusal(await post(`${service.url}/predict`, body));
    expect(reply).toMatchObject({ status: 422, detail: [{ type: 'model_attributes_type' }] });
  });

  test('a value nested beyond what can be written down is not repeated', async () => {
    const roomy = await startService();
    const nested = '['.repeat(30_000) + ']'.repeat(30_000);
    const body = `{"sales": ${nested}, "quantity": 1, "segment": "a"}`;
    const { detail } = await refusal(await post(`${roomy.url}/predict`, body));
    expect(detail).toEqual([
      { type: 'float_type', loc: ['body', 'sales'], msg: 'Input should be a valid number' },
    ]);
    await roomy.stop();
  });
});

test('a 422 of the store is a list as well', async () => {
  const refusing = await startService({
    scoring: {
      level: 'stored',
      write: () => Promise.reject(new ThicketError('ROW_INVALID', 'Postgres refused it')),
    },
  });
  expect(await refusal(await post(`${refusing.url}/predict`, ROW))).toEqual({
    status: 422,
    code: 'ROW_INVALID',
    detail: [{ type: 'value_error', loc: ['body'], msg: 'Postgres refused it' }],
  });
  await refusing.stop();
});

describe('422 for raw ids', () => {
  test.each([
    { body: {}, type: 'missing' },
    { body: { raw_id: '7' }, type: 'int_type' },
    { body: { raw_id: true }, type: 'int_type' },
    { body: { raw_id: 7.5 }, type: 'int_from_float' },
    { body: { raw_id: 1e300 }, type: 'int_parsing_size' },
    { body: [7], type: 'model_attributes_type' },
  ])('a raw id that is none: $body', async ({ body, type }) => {
    const reply = await refusal(await post(`${service.url}/predict/by-raw-id`, body));
    expect(reply).toMatchObject({ status: 422, code: 'ROW_INVALID', detail: [{ type }] });
  });

  test('a list of raw ids names the positions that are wrong', async () => {
    const url = `${service.url}/predict/batch/by-raw-ids`;
    const { detail } = await refusal(await post(url, { raw_ids: [1, 'two', null] }));
    expect(detail).toMatchObject([
      { type: 'int_type', loc: ['body', 'raw_ids', 1], input: 'two' },
      { type: 'int_type', loc: ['body', 'raw_ids', 2], input: null },
    ]);
    expect(await refusal(await post(url, { raw_ids: 7 }))).toMatchObject({
      status: 422,
      detail: [{ type: 'list_type' }],
    });
  });

  test('an empty list of raw ids is a 400', async () => {
    const reply = await refusal(
      await post(`${service.url}/predict/batch/by-raw-ids`, { raw_ids: [] }),
    );
    expect(reply).toEqual({
      status: 400,
      code: 'BATCH_EMPTY',
      detail: 'raw_ids must not be empty',
    });
  });
});

describe('429, 500 and 503', () => {
  test.each([
    { code: 'QUEUE_FULL', status: 429, retryAfter: '2' },
    { code: 'STORE_UNAVAILABLE', status: 503, retryAfter: '2' },
  ] as const)(
    'what the store refuses with $code is a $status',
    async ({ code, status, retryAfter }) => {
      const away = await startService({
        scoring: { level: 'stored', write: () => Promise.reject(new ThicketError(code, 'away')) },
      });
      const reply = await post(`${away.url}/predict`, ROW);
      expect(reply.headers.get('retry-after')).toBe(retryAfter);
      expect(await refusal(reply)).toEqual({ status, code, detail: 'away' });
      await away.stop();
    },
  );

  test('without a model the reply says what is missing', async () => {
    const away = await startService({
      context: {
        models: new LiveModels(['rf_profit_margin']),
        missing: () => ['the model is being read'],
      },
    });
    for (const path of ['/predict', '/predict/by-raw-id', '/predict/batch/by-raw-ids']) {
      const reply = await post(away.url + path, ROW);
      expect(reply.headers.get('retry-after')).toBe('2');
      expect(await refusal(reply)).toEqual({
        status: 503,
        code: 'MODEL_UNAVAILABLE',
        detail: 'the model is being read',
      });
    }
    expect((await fetch(`${away.url}/model-info`)).status).toBe(503);
    expect((await fetch(`${away.url}/openapi.json`)).status).toBe(503);
    expect((await fetch(`${away.url}/health`)).status).toBe(200);
    await away.stop();
  });

  test('a bug is a 500 that tells nothing of itself', async () => {
    const broken = await startService({
      scoring: { level: 'stored', write: () => Promise.reject(new Error('secret of the house')) },
    });
    const reply = await refusal(await post(`${broken.url}/predict`, ROW));
    expect(reply).toEqual({ status: 500, code: 'INTERNAL', detail: 'internal error' });
    await broken.stop();
  });
});
