import { expect, test } from 'vitest';

import { readAhead } from '../../src/core/read-ahead.ts';

async function* recorded(
  events: string[],
  items: readonly number[],
): AsyncGenerator<number, void, undefined> {
  try {
    for (const item of items) {
      events.push(`read ${item}`);
      yield await Promise.resolve(item);
    }
  } finally {
    events.push('closed');
  }
}

async function* failing(): AsyncGenerator<number, void, undefined> {
  yield await Promise.resolve(1);
  throw new Error('the second cannot be read');
}

test('the next item is read while the one before it is worked on', async () => {
  const events: string[] = [];
  for await (const item of readAhead(recorded(events, [1, 2, 3]))) events.push(`got ${item}`);
  expect(events).toEqual(['read 1', 'read 2', 'got 1', 'read 3', 'got 2', 'closed', 'got 3']);
});

test('a reader that leaves early closes the source', async () => {
  const events: string[] = [];
  for await (const item of readAhead(recorded(events, [1, 2, 3]))) {
    events.push(`got ${item}`);
    break;
  }
  expect(events).toEqual(['read 1', 'read 2', 'got 1', 'closed']);
});

test('an error comes after the items in front of it, and only to a reader that gets there', async () => {
  const got: number[] = [];
  const reading = async (): Promise<void> => {
    for await (const item of readAhead(failing())) got.push(item);
  };
  await expect(reading()).rejects.toThrow('the second cannot be read');
  expect(got).toEqual([1]);
  for await (const item of readAhead(failing())) {
    expect(item).toBe(1);
    break; // The error of the read under way has no receiver.
  }
});
