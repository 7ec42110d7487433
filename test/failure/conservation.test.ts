import { rmSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  embeddedUrl,
  expectConserved,
  isRestarted,
  postmasterPid,
  storedPredictions,
} from '../support/conservation.ts';
import { Instance } from '../support/instance.ts';
import { load, type LoadResult } from '../support/load.ts';
import { until } from '../support/outcomes.ts';
import { preparedDirectory } from '../support/prepared-directory.ts';
import { expectedRows } from '../support/superstore-bodies.ts';

// A hundred thousand commits take 20 s on a quiet machine. No speed is promised here: only a test that
// hangs is ended.
vi.setConfig({ testTimeout: 1_200_000 });

const CONNECTIONS = 64;
/** A restart of Postgres on a machine that others load. */
const RESTART_MS_MAX = 120_000;
const rows = expectedRows();
const rowOf = (request: number) => rows[request % rows.length]!;

/** Each acknowledged value is one that scikit-learn gave for some row. */
function expectTrueAnswers({ acknowledged }: LoadResult): void {
  const known = new Set(rows.map((row) => row.prediction));
  expect(acknowledged.filter(({ value }) => !known.has(value))).toEqual([]);
}

describe('what was acknowledged is stored', () => {
  let dataDir: string;
  let instance: Instance;

  beforeEach(async () => {
    dataDir = await preparedDirectory('thicket-conservation-');
    instance = await Instance.start('up', { THICKET_DATA_DIR: dataDir });
  });
  afterEach(async () => {
    await instance.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const send = (requests: number, more: Partial<Parameters<typeof load>[0]> = {}) =>
    load({
      url: instance.url,
      requests,
      connections: CONNECTIONS,
      body: (request) => rowOf(request).body,
      ...more,
    });

  test('after 100,000 requests, as one set', async () => {
    const result = await send(100_000);
    expect(result.statuses).toEqual(new Map([[200, 100_000]]));
    expectTrueAnswers(result);
    expectConserved(result.acknowledged, await storedPredictions(embeddedUrl(dataDir)), 0);
  });

  test('after a kill -9 of the server under load, and its ids go on without a collision', async () => {
    let killed = false;
    const before = await send(1_000_000, {
      until: () => killed,
      onReply: (count) => {
        if (count < 5_000 || killed) return;
        killed = true;
        process.kill(instance.pid, 'SIGKILL');
      },
    });
    expect(before.acknowledged.length).toBeGreaterThanOrEqual(5_000);
    await instance.kill(); // It is gone already: this waits for the exit.
    const cut = await storedPredictions(embeddedUrl(dataDir));
    expectConserved(before.acknowledged, cut, CONNECTIONS);

    instance = await Instance.start('up', { THICKET_DATA_DIR: dataDir });
    const after = await send(5_000);
    expect(after.statuses).toEqual(new Map([[200, 5_000]]));
    const acknowledged = [...before.acknowledged, ...after.acknowledged];
    const stored = await storedPredictions(embeddedUrl(dataDir));
    expectConserved(acknowledged, stored, cut.length - before.acknowledged.length);
  });

  test('after a restart of Postgres under load, without a restart of the server', async () => {
    const postmaster = postmasterPid(dataDir);
    const result = await send(60_000, {
      onReply: (count) => {
        if (count === 10_000) process.kill(postmaster, 'SIGINT'); // Postgres's fast shutdown.
      },
    });
    // A quick Postgres is back before any request was refused, so a 503 is allowed and not demanded.
    const promised = new Set<unknown>([200, 503]);
    expect([...result.statuses.keys()].filter((status) => !promised.has(status))).toEqual([]);
    await until(() => isRestarted(dataDir, postmaster), RESTART_MS_MAX);
    await until(async () => (await fetch(`${instance.url}/ready`)).status === 200, RESTART_MS_MAX);
    const last = await send(1_000);
    expect(last.statuses).toEqual(new Map([[200, 1_000]]));
    expectTrueAnswers(result);
    const acknowledged = [...result.acknowledged, ...last.acknowledged];
    expectConserved(acknowledged, await storedPredictions(embeddedUrl(dataDir)), 0);
  });
});
