import { Writable } from 'node:stream';

import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';

import { ThicketError } from '../../src/core/errors.ts';
import { LiveModels } from '../../src/score/live-models.ts';
import { type Service, type ServiceOptions, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly requestId?: string;
  readonly reason?: string;
  readonly requests?: number;
}

let service: Service;
afterEach(() => service.stop());

/** A service, and every line that its log has written. */
async function startLogged(options: ServiceOptions = {}): Promise<Line[]> {
  const lines: Line[] = [];
  const log = pino(
    new Writable({
      write(chunk: Buffer, _, done) {
        lines.push(JSON.parse(chunk.toString()) as Line);
        done();
      },
    }),
  );
  service = await startService({ ...options, context: { log, ...options.context } });
  return lines;
}

const CAUSE = new Error('connect ECONNREFUSED 10.0.0.7:5432');
const refusing = (sentence: string): ServiceOptions => ({
  scoring: {
    level: 'stored',
    write: () => Promise.reject(new ThicketError('STORE_UNAVAILABLE', sentence, { cause: CAUSE })),
  },
});

describe('a reply names no place of this machine', () => {
  test.each([
    ['connect ECONNREFUSED 127.0.0.1:40799', 'connect ECONNREFUSED (address)'],
    ['connect ECONNREFUSED [::1]:5432', 'connect ECONNREFUSED (address)'],
    ['no answer from fe80::1:2:3 in 5 s', 'no answer from (address) in 5 s'],
    ['cannot connect to localhost:5432', 'cannot connect to localhost:(port)'],
    ['cannot read /var/lib/thicket/a b/margin.thicket: cut', 'cannot read a b/margin.thicket: cut'],
    ['file:///srv/models/margin.thicket is cut', 'margin.thicket is cut'],
    ['nothing stored for 3/4 of 12:30:00 rows, and/or 1.2.3', null],
  ])('%s', async (sentence, shown) => {
    await startLogged(refusing(sentence));
    const reply = await jsonOf(await post(`${service.url}/predict`, ROW));
    expect(reply['detail']).toBe(shown ?? sentence);
  });

  test('neither /health nor /models names the folder of a model that cannot be read', async () => {
    await startLogged();
    const models = new LiveModels();
    const { scoring } = service;
    await models.replace('m', {
      scoring,
      uri: 'm.thicket',
      fallbackReason: 'cannot read /srv/secret/m.joblib: ENOENT',
    });
    const own = await startService({ context: { models } });
    for (const path of ['/health', '/models']) {
      const text = await (await fetch(own.url + path)).text();
      expect(text).toContain('cannot read m.joblib: ENOENT');
      expect(text).not.toContain('/srv/secret');
    }
    await own.server.stop();
  });
});

describe('the log names a refused request by the id that its client was told', () => {
  test.each([
    { path: '/predict', body: '{', reason: /JSON/ },
    { path: '/predict', body: '{}', reason: /Field required/ },
    { path: '/nowhere', body: '{}', reason: /there is no POST \/nowhere/ },
    { path: '/health', body: '{}', reason: /only GET, HEAD here/ },
  ])('POST $path $body', async ({ path, body, reason }) => {
    const lines = await startLogged();
    const { request_id: id } = await jsonOf(await post(service.url + path, body));
    const line = lines.find(({ requestId }) => requestId === id);
    expect(line).toMatchObject({
      msg: 'a request was refused',
      reason: expect.stringMatching(reason),
    });
  });

  test('with the cause that its reply leaves out', async () => {
    const lines = await startLogged(refusing('Postgres is not available'));
    const { request_id: id } = await jsonOf(await post(`${service.url}/predict`, ROW));
    expect(lines.find(({ requestId }) => requestId === id)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      err: { message: CAUSE.message },
    });
  });

  test('a client that errs in a loop gets a bounded number of lines', async () => {
    const lines = await startLogged();
    const startedMs = performance.now();
    for (let at = 0; at < 300; at++) await (await fetch(`${service.url}/nowhere`)).text();
    const seconds = Math.ceil((performance.now() - startedMs) / 1_000) + 1;
    const refused = lines.filter(({ msg }) => msg === 'a request was refused');
    expect(refused.length).toBeGreaterThanOrEqual(100);
    expect(refused.length).toBeLessThanOrEqual(100 * seconds);
  });
});
