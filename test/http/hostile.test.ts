import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

interface Result {
  readonly statuses: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly neighbour: { readonly hostile: { readonly errors: number; readonly rate: number } };
}

const OUTPUT_BYTES_MAX = 1024 * 1024;

/**
 * The short form of `npm run loadtest:hostile`. Its bars of time and memory ask for a quiet machine, and are no
 * part of this.
 */
test('a heap of 512 MB lives through 64 connections with bodies of 1 MiB of every shape, and answers each of them', async () => {
  const script = ['loadtest/hostile/run.mjs', '--connections', '64', '--seconds', '6', '--print'];
  const { stdout } = await promisify(execFile)(process.execPath, script, {
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const { statuses, neighbour } = JSON.parse(stdout) as Result;
  expect(Object.keys(statuses).length).toBeGreaterThanOrEqual(20);
  const kinds = new Set(Object.values(statuses).flatMap((counts) => Object.keys(counts)));
  expect([...kinds].filter((status) => !/^(200|400|408|413|422|429)$/.test(status))).toEqual([]);
  expect(neighbour.hostile.errors).toBe(0);
  expect(neighbour.hostile.rate).toBeGreaterThan(0);
});
