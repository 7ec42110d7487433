import { existsSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';

import { MicroBatcher } from '../../src/batch/micro-batcher.ts';
import { type PoolBatch, ScoringPool } from '../../src/batch/scoring-pool.ts';
import type { ForestHandle } from '../../src/forest/addon.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { loadModel } from '../../src/import/load-model.ts';
import { type LiveModel, createLiveModel } from '../../src/live/live-model.ts';
import { allocateRows } from '../../src/schema/encode.ts';
import { modelPath, rowFor, sklearnFixtures } from '../support/sklearn-fixtures.ts';
import { stackAnswer, tinyAnswer, tinyModel, tinyStack } from '../support/tiny-model.ts';

const threadFile = new URL('../../dist/src/batch/scoring-thread.js', import.meta.url);
const addon = loadAddon();

beforeAll(() => {
  if (!existsSync(threadFile)) throw new Error('the scoring thread is not compiled: npm run build');
});

const ROWS = Array.from({ length: 500 }, (_, at) => ({
  sales: at,
  quantity: 1 + (at % 4),
  segment: at % 3 === 0 ? 'Corporate' : 'Consumer',
}));
const ANSWERS = ROWS.map(tinyAnswer);

let pool: ScoringPool;
let live: LiveModel;
async function start(threads: number): Promise<void> {
  pool = new ScoringPool({ threads, threadFile, addon });
  await pool.start();
  live = createLiveModel(tinyModel(), { addon, extraFields: 'ignore' });
}
afterEach(async () => {
  await pool.stop();
  live.close();
  expect(addon.liveForests()).toBe(0);
});

function batch(forestNsPerRow: number, changes: Partial<PoolBatch> = {}): PoolBatch {
  const { slots } = live.schema;
  const into = allocateRows(slots, ROWS.length);
  ROWS.forEach((row, at) => live.encode(live.validate(row), at, into));
  return {
    model: live.shared,
    rows: ROWS.length,
    forestNsPerRow,
    numbers: into.numbers as Float64Array<ArrayBuffer>,
    codes: into.codes as Int32Array<ArrayBuffer>,
    ...changes,
  };
}

describe('scoring', () => {
  test.each([
    { threads: 'one thread', nsPerRow: 1 },
    { threads: 'every thread', nsPerRow: 1e6 },
  ])('by $threads: the answers are those of the event loop, in order', async ({ nsPerRow }) => {
    await start(3);
    expect([...(await pool.answer(batch(nsPerRow)))]).toEqual(ANSWERS);
  });

  test('memory is handed over, not copied', async () => {
    await start(1);
    const given = batch(1);
    await pool.answer(given);
    expect(given.numbers.byteLength).toBe(0);
    expect(given.codes.byteLength).toBe(0);
  });

  test('joined requests above the bound come back to their own callers', async () => {
    await start(2);
    const batcher = new MicroBatcher({
      model: { ...live, nsPerRow: 10_000, forestNsPerRow: 10_000 },
      pool,
      observe: () => {},
    });
    const answers = await Promise.all(ROWS.map((row) => batcher.answer([live.validate(row)])));
    expect(answers.map(([answer]) => answer?.predictions)).toEqual(ANSWERS.map((one) => [one]));
    await batcher.stop();
  });

  test('forests side by side, and one in the head, are asked in the pool', async () => {
    await start(2);
    const stack = createLiveModel(tinyStack(), { addon, extraFields: 'ignore' });
    const batcher = new MicroBatcher({
      model: { ...stack, nsPerRow: 10_000, forestNsPerRow: 10_000 },
      pool,
      observe: () => {},
    });
    const answers = await batcher.answer(ROWS.map((row) => stack.validate(row)));
    expect(answers.map((answer) => answer?.predictions[0])).toEqual(ROWS.map(stackAnswer));
    await batcher.stop();
    stack.close();
  });

  test.each([
    'voting/stacking-binary-passthrough',
    'voting/stacking-regressor',
    'targets/calibrated-voting-stack',
    'outputs/chain-classes',
  ])('the whole of %s is answered there as it is in the event loop', async (name) => {
    await start(2);
    const fixture = sklearnFixtures().find(({ file }) => file === `${name}/1.9.1.joblib`)!;
    const model = await loadModel(modelPath(fixture));
    const other = createLiveModel(model, { addon, extraFields: 'ignore' });
    const batcher = new MicroBatcher({
      model: { ...other, nsPerRow: 1e9, forestNsPerRow: 1e9 },
      pool,
      observe: (place) => expect(place).toBe('pool'),
    });
    const rows = fixture.inputs.map((row) => other.validateList(rowFor(fixture, model, row)));
    expect(await batcher.answer(rows)).toStrictEqual(other.answer(rows));
    expect((await batcher.answer(rows)).some((answer) => answer !== null)).toBe(true);
    await batcher.stop();
    other.close();
  });

  test('a batch of a forest that is gone fails alone', async () => {
    await start(1);
    const gone = { handle: 999 as ForestHandle, outputs: 1 };
    await expect(
      pool.answer(batch(1, { model: { ...live.shared, forests: [gone] } })),
    ).rejects.toThrow();
    expect([...(await pool.answer(batch(1)))]).toEqual(ANSWERS);
  });
});

describe('a forest that is closed while its batches are on their way', () => {
  test('lives until the last of them is answered', async () => {
    await start(2);
    const batches = [batch(1e6), batch(1e6), batch(1e6)].map((each) => pool.answer(each));
    live.close();
    expect(addon.liveForests()).toBe(1);
    for (const outputs of await Promise.all(batches)) expect([...outputs]).toEqual(ANSWERS);
    expect(addon.liveForests()).toBe(0);
  });
});

describe('being busy', () => {
  test('begins when the next batch is at hand, and ends with an answer', async () => {
    await start(1);
    const first = pool.answer(batch(1));
    expect(pool.busy).toBe(false);
    const second = pool.answer(batch(1));
    expect(pool.busy).toBe(true);
    await pool.untilFree();
    expect(pool.busy).toBe(false);
    await Promise.all([first, second]);
  });

  test('takes as many batches as all threads have shares, and a large one has a share of each', async () => {
    await start(2);
    const small = [batch(1), batch(1), batch(1)].map((each) => pool.answer(each));
    expect(pool.busy).toBe(false);
    small.push(pool.answer(batch(1)));
    expect(pool.busy).toBe(true);
    await Promise.all(small);
    const large = [pool.answer(batch(1e6))];
    expect(pool.busy).toBe(false);
    large.push(pool.answer(batch(1e6)));
    expect(pool.busy).toBe(true);
    await Promise.all(large);
  });

  test('under load from all sides every answer still comes to its own caller', async () => {
    await start(2);
    const batcher = new MicroBatcher({
      model: { ...live, nsPerRow: 100_000, forestNsPerRow: 100_000 },
      pool,
      observe: () => {},
    });
    const asked = Array.from({ length: 40 }, async (_, client) => {
      for (let turn = 0; turn < 25; turn++) {
        const row = ROWS[(client * 25 + turn) % ROWS.length]!;
        const [answer] = await batcher.answer([live.validate(row)]);
        expect(answer?.predictions).toEqual([tinyAnswer(row)]);
      }
    });
    await Promise.all(asked);
    expect(batcher.queuedRows).toBe(0);
  });
});

describe('stopping', () => {
  test('answers what was given, refuses what comes, and may come twice', async () => {
    await start(1);
    const batches = [batch(1), batch(1)].map((each) => pool.answer(each));
    const stopped = Promise.all([pool.stop(), pool.stop()]);
    await expect(pool.answer(batch(1))).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    for (const outputs of await Promise.all(batches)) expect([...outputs]).toEqual(ANSWERS);
    await stopped;
  });
});
