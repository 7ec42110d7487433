import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ThicketError } from '../../src/core/errors.ts';
import { asStoreError } from '../../src/store/failures.ts';
import { publicReasonOf, reasonOf } from '../../src/store/reasons.ts';
import type { Store } from '../../src/store/store.ts';
import { startPostgres, startStore, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let store: Store;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
});
afterAll(async () => {
  await store.stop();
  await postgres.stop();
});

/** An error as the server sends it, with this SQLSTATE and a message that names a file. */
async function serverError(state: string): Promise<unknown> {
  const message = `could not extend file "/srv/base/16385/16421" of 10.0.0.7`;
  const text = `do $$ begin raise exception using errcode = '${state}', message = '${message}'; end $$`;
  try {
    await store.query((sql) => sql.unsafe(text));
  } catch (error) {
    return error;
  }
  throw new Error('the server raised nothing');
}

describe('the reason of an error', () => {
  test.each([
    ['53100', 'No space left on device'],
    ['55P03', 'another session holds a lock on a table that is needed'],
    ['57014', 'a statement took too long'],
    ['58030', 'Input/output error'],
    ['XX001', 'error XX001'],
  ])('of state %s is for clients: %s', async (state, sentence) => {
    const error = await serverError(state);
    expect(publicReasonOf(error)).toBe(sentence);
    expect(reasonOf(error)).toContain('/srv/base/16385/16421');
  });

  test.each([
    ['ECONNREFUSED', 'the connection was refused'],
    ['ENOTFOUND', 'its host name is not known'],
    ['CONNECT_TIMEOUT', 'it does not answer'],
    ['CONNECTION_CLOSED', 'the connection was lost'],
  ])('of code %s is for clients: %s', (code, sentence) => {
    const error = Object.assign(new Error(`${code} 10.0.0.7:5432`), { code });
    expect(publicReasonOf(error)).toBe(sentence);
    expect(reasonOf(error)).toBe(`${code} 10.0.0.7:5432`);
  });

  test('is the one behind a known error that repeats it', () => {
    const cause = Object.assign(new Error('connect EPIPE 10.0.0.7:5432'), { code: 'EPIPE' });
    const known = asStoreError(cause);
    expect(known).toBeInstanceOf(ThicketError);
    expect(known).toMatchObject({ message: 'Postgres is not available: the connection was lost' });
    expect(publicReasonOf(known)).toBe('the connection was lost');
    expect(reasonOf(known)).toBe('connect EPIPE 10.0.0.7:5432');
  });
});
