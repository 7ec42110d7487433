import { describe, expect, test } from 'vitest';

import { type BatchModel, MicroBatcher } from '../../src/batch/micro-batcher.ts';
import type { PoolBatch } from '../../src/batch/scoring-pool.ts';
import type { ValidRow } from '../../src/core/rows.ts';
import type { ForestHandle } from '../../src/forest/addon.ts';
import { compileEncoder } from '../../src/schema/encode.ts';

const slots = { numbers: [0], computed: 0, codes: [] };

/** A model that doubles its one number, and tells of every native call. */
function doubling(calls: number[] = [], nsPerRow = 1): BatchModel {
  return {
    forests: [{ handle: 1 as ForestHandle, outputs: 1 }],
    schema: { slots },
    encode: compileEncoder(slots),
    rawWidth: 1,
    nsPerRow,
    scoreRows: (rows, { numbers }, raw) => {
      calls.push(rows);
      for (let at = 0; at < rows; at++) {
        if (numbers[at] === 13) throw new Error('unlucky');
        raw[at] = 2 * numbers[at]!;
      }
    },
  };
}

function batcherOf(model: BatchModel, options: { queueRowsMax?: number } = {}): MicroBatcher {
  return new MicroBatcher({ model, pool: null, observe: () => {}, ...options });
}

const rowsOf = (...numbers: number[]): ValidRow[] =>
  numbers.map((number) => [number] as readonly number[] as ValidRow);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('joining', () => {
  test('what one turn of the event loop brought is scored in one call', async () => {
    const calls: number[] = [];
    const batcher = batcherOf(doubling(calls));
    const scores = await Promise.all([
      batcher.score(rowsOf(1)),
      batcher.score(rowsOf(2, 3)),
      batcher.score(rowsOf(4)),
    ]);
    expect(scores).toEqual([Float64Array.of(2), Float64Array.of(4, 6), Float64Array.of(8)]);
    expect(calls).toEqual([4]);
  });

  test('nothing waits for company: the next turn is the next batch', async () => {
    const calls: number[] = [];
    const batcher = batcherOf(doubling(calls));
    const first = batcher.score(rowsOf(1));
    await turn();
    const second = batcher.score(rowsOf(2));
    await Promise.all([first, second]);
    expect(calls).toEqual([1, 1]);
  });

  test('any number of rows fits, and answers stay the callers own', async () => {
    const batcher = batcherOf(doubling());
    const numbers = Array.from({ length: 1_000 }, (_, at) => at + 14);
    const one = batcher.score(rowsOf(1));
    const many = batcher.score(rowsOf(...numbers));
    expect([...(await many)]).toEqual(numbers.map((number) => 2 * number));
    await batcher.score(rowsOf(5));
    expect([...(await one)]).toEqual([2]);
  });
});

describe('failing', () => {
  test('a batch that fails rejects its own callers, and the next batch is scored', async () => {
    const batcher = batcherOf(doubling());
    const failed = await Promise.allSettled([batcher.score(rowsOf(1)), batcher.score(rowsOf(13))]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([...(await batcher.score(rowsOf(4)))]).toEqual([8]);
    expect(batcher.queuedRows).toBe(0);
  });

  test('rows beyond the bound are refused, and those admitted are answered', async () => {
    const batcher = batcherOf(doubling(), { queueRowsMax: 3 });
    const admitted = batcher.score(rowsOf(1, 2));
    expect(batcher.queuedRows).toBe(2);
    await expect(batcher.score(rowsOf(3, 4))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const alsoAdmitted = batcher.score(rowsOf(3));
    expect([...(await admitted), ...(await alsoAdmitted)]).toEqual([2, 4, 6]);
    expect([...(await batcher.score(rowsOf(4, 5)))]).toEqual([8, 10]);
  });
});

describe('stopping', () => {
  test('scores what was admitted, refuses what comes, and may come twice', async () => {
    const batcher = batcherOf(doubling());
    const admitted = batcher.score(rowsOf(1));
    const stopped = Promise.all([batcher.stop(), batcher.stop()]);
    await expect(batcher.score(rowsOf(2))).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await stopped;
    expect([...(await admitted)]).toEqual([2]);
    await batcher.stop();
  });

  test('waits for batches in the pool', async () => {
    const answers: ((raw: Float64Array) => void)[] = [];
    const pool = {
      busy: false,
      untilFree: () => Promise.resolve(),
      score: () => new Promise<Float64Array>((resolve) => answers.push(resolve)),
    };
    const batcher = new MicroBatcher({ model: doubling([], 1e9), pool, observe: () => {} });
    const scores = batcher.score(rowsOf(1));
    let stopped = false;
    const stopping = batcher.stop().then(() => (stopped = true));
    await turn();
    expect(stopped).toBe(false);
    answers[0]!(Float64Array.of(2));
    await stopping;
    expect([...(await scores)]).toEqual([2]);
  });
});

/** Stands where the threads are, and keeps what it was given. */
class Recorder {
  readonly batches: PoolBatch[] = [];
  busy = false;
  #free: () => void = () => {};

  untilFree = (): Promise<void> => new Promise((resolve) => (this.#free = resolve));

  free(): void {
    this.busy = false;
    this.#free();
  }

  score = (batch: PoolBatch): Promise<Float64Array> => {
    this.batches.push(batch);
    return Promise.resolve(batch.numbers.map((number) => 2 * number));
  };
}

describe('the pool', () => {
  test.each([
    { work: '200 us', rows: 2, nsPerRow: 100_000, pooled: 0 },
    { work: 'more than 200 us', rows: 3, nsPerRow: 100_000, pooled: 1 },
  ])(
    '$work of expected work: $pooled batches go to the pool',
    async ({ rows, nsPerRow, pooled }) => {
      const pool = new Recorder();
      const observed: unknown[] = [];
      const batcher = new MicroBatcher({
        model: doubling([], nsPerRow),
        pool,
        observe: (place, count) => observed.push([place, count]),
      });
      const numbers = Array.from({ length: rows }, (_, at) => at);
      expect([...(await batcher.score(rowsOf(...numbers)))]).toEqual(numbers.map((n) => 2 * n));
      expect(pool.batches).toHaveLength(pooled);
      expect(observed).toEqual([[pooled === 1 ? 'pool' : 'inline', rows]]);
    },
  );

  test('gets exactly the rows of the batch, and the batcher never touches them again', async () => {
    const pool = new Recorder();
    const batcher = new MicroBatcher({ model: doubling([], 1e6), pool, observe: () => {} });
    const large = Array.from({ length: 100 }, (_, at) => at);
    await batcher.score(rowsOf(...large));
    await batcher.score(rowsOf(7));
    expect(pool.batches.map(({ rows, numbers }) => [rows, numbers.length])).toEqual([
      [100, 100],
      [1, 1],
    ]);
    expect([...pool.batches[0]!.numbers]).toEqual(large);
  });
});

describe('a busy pool', () => {
  test('while every thread is busy the rows gather into one batch', async () => {
    const pool = new Recorder();
    pool.busy = true;
    const batcher = new MicroBatcher({ model: doubling([], 1e6), pool, observe: () => {} });
    const first = batcher.score(rowsOf(1));
    await turn();
    const second = batcher.score(rowsOf(2));
    await turn();
    expect(pool.batches).toEqual([]);
    pool.free();
    expect([...(await first), ...(await second)]).toEqual([2, 4]);
    expect(pool.batches.map(({ rows }) => rows)).toEqual([2]);
  });

  test('a batch for the event loop does not wait for a thread', async () => {
    const pool = new Recorder();
    pool.busy = true;
    const batcher = new MicroBatcher({ model: doubling(), pool, observe: () => {} });
    expect([...(await batcher.score(rowsOf(1)))]).toEqual([2]);
  });

  test('what waits for a thread is sent on by stop()', async () => {
    const pool = new Recorder();
    pool.busy = true;
    const batcher = new MicroBatcher({ model: doubling([], 1e6), pool, observe: () => {} });
    const waiting = batcher.score(rowsOf(1));
    await turn();
    await batcher.stop();
    expect([...(await waiting)]).toEqual([2]);
    pool.free();
    await turn();
    expect(pool.batches).toHaveLength(1);
  });
});
