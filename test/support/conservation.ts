import { join } from 'node:path';

import postgres from 'postgres';
import { expect } from 'vitest';

import { invariant } from '../../src/core/errors.ts';
import { runningServerUrl } from '../../src/store/embedded/embedded.ts';
import { runningPostmaster } from '../../src/store/embedded/postmaster.ts';
import type { Acknowledged } from './load.ts';

/** The address of the embedded server of a data directory, as long as it runs. */
export function embeddedUrl(dataDir: string): string {
  const url = runningServerUrl(dataDir);
  invariant(url !== null, `a server runs in ${dataDir}`);
  return url;
}

export function postmasterPid(dataDir: string): number {
  const server = runningPostmaster(join(dataDir, 'postgres'));
  invariant(server !== null, `a server runs in ${dataDir}`);
  return server.pid;
}

/** True where another server than the one of `pid` runs in the data directory. */
export function isRestarted(dataDir: string, pid: number): boolean {
  const server = runningPostmaster(join(dataDir, 'postgres'));
  return server !== null && server.pid !== pid;
}

/** Every stored prediction: its id and value. */
export async function storedPredictions(url: string): Promise<Acknowledged[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const rows = await sql<{ id: string; prediction: number }[]>`
      select id, prediction from predictions order by id`;
    return rows.map((row) => ({ id: Number(row.id), value: row.prediction }));
  } finally {
    await sql.end();
  }
}

/**
 * Nothing acknowledged is missing, doubled or different in the store. `unacknowledgedMax` is how many
 * more rows may be there: those whose reply was cut off on its way.
 */
export function expectConserved(
  acknowledged: readonly Acknowledged[],
  stored: readonly Acknowledged[],
  unacknowledgedMax: number,
): void {
  const values = new Map(stored.map(({ id, value }) => [id, value]));
  expect(values.size, 'no id is stored twice').toBe(stored.length);
  expect(new Set(acknowledged.map(({ id }) => id)).size, 'no id is promised twice').toBe(
    acknowledged.length,
  );
  const broken = acknowledged.filter(({ id, value }) => !Object.is(values.get(id), value));
  expect(broken, 'every promised row is stored with its value').toEqual([]);
  expect(stored.length - acknowledged.length).toBeLessThanOrEqual(unacknowledgedMax);
}
