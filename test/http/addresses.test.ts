import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Service, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('GET / leads on to addresses that answer', async () => {
  const reply = await fetch(`${service.url}/`);
  expect(reply.status).toBe(200);
  const { service: name, version, ...places } = await jsonOf(reply);
  expect({ name, version }).toEqual({ name: 'thicket', version: '0.0.0-test' });
  expect(Object.keys(places)).toEqual(['docs', 'openapi', 'models', 'health', 'ready', 'metrics']);
  for (const place of Object.values(places)) {
    const found = await fetch(new URL(String(place), `${service.url}/`));
    expect([place, found.status]).toEqual([place, 200]);
  }
});

describe('a slash too many', () => {
  test.each(['/docs/', '/health/', '/models/', '/models/rf_profit_margin/openapi.json/'])(
    'GET %s leads to the path without it',
    async (path) => {
      const reply = await fetch(service.url + path, { redirect: 'manual' });
      expect(reply.status).toBe(308);
      const place = new URL(reply.headers.get('location')!, service.url + path);
      expect(place.pathname).toBe(path.slice(0, -1));
      expect((await fetch(service.url + path)).status).toBe(200);
    },
  );

  test('keeps the query', async () => {
    const reply = await fetch(`${service.url}/health/?a=1&b=2`, { redirect: 'manual' });
    expect(reply.headers.get('location')).toBe('../health?a=1&b=2');
  });

  test('a POST is sent again with its body', async () => {
    const reply = await post(`${service.url}/predict/`, ROW);
    expect(reply.status).toBe(200);
    expect(await jsonOf(reply)).toHaveProperty('y_pred');
  });

  test.each([
    '/nowhere/',
    '/models/rf_profit_margin/',
    '/health//',
    '//health/',
    '//example.com/',
    '//',
  ])('%s is no path of ours, and leads nowhere', async (path) => {
    const reply = await fetch(service.url + path, { redirect: 'manual' });
    expect(reply.status).toBe(404);
    expect(reply.headers.get('location')).toBeNull();
  });
});
