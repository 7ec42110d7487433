import { describe, expect, test } from 'vitest';

import { type Answers, type BatchModel, MicroBatcher } from '../../src/batch/micro-batcher.ts';
import type { PoolBatch } from '../../src/batch/scoring-pool.ts';
import type { ValidRow } from '../../src/core/rows.ts';
import type { AnswerShape } from '../../src/model/plan/head.ts';
import { compileEncoder } from '../../src/schema/encode.ts';

const slots = { numbers: [0], computed: 0, codes: [] };

const shape: AnswerShape = {
  rawWidth: 1,
  width: 1,
  outputs: 1,
  labels: null,
  hasProbabilities: false,
  scores: [],
};

/** A model that doubles its one number, and reports every batch. */
function doubling(calls: number[] = [], nsPerRow = 1): BatchModel {
  return {
    schema: { slots },
    shape,
    shared: { forests: [], headForests: [], head: { id: 0, memory: new SharedArrayBuffer(4) } },
    encode: compileEncoder(slots),
    nsPerRow,
    forestNsPerRow: nsPerRow,
    answerEncoded: (rows, { numbers }, raw) => {
      calls.push(rows);
      expect(raw.length).toBeGreaterThanOrEqual(rows);
      return Float64Array.from(numbers.subarray(0, rows), (number) => {
        if (number === 13) throw new Error('unlucky');
        return 2 * number;
      });
    },
  };
}

const predictionsOf = (answers: Answers): unknown[] =>
  answers.map((answer) => answer?.predictions[0] ?? null);

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
    const answers = await Promise.all([
      batcher.answer(rowsOf(1)),
      batcher.answer(rowsOf(2, 3)),
      batcher.answer(rowsOf(4)),
    ]);
    expect(answers.map(predictionsOf)).toEqual([[2], [4, 6], [8]]);
    expect(calls).toEqual([4]);
  });

  test('nothing waits for company: the next turn is the next batch', async () => {
    const calls: number[] = [];
    const batcher = batcherOf(doubling(calls));
    const first = batcher.answer(rowsOf(1));
    await turn();
    const second = batcher.answer(rowsOf(2));
    await Promise.all([first, second]);
    expect(calls).toEqual([1, 1]);
  });

  test('any number of rows fits, and answers stay the callers own', async () => {
    const batcher = batcherOf(doubling());
    const numbers = Array.from({ length: 1_000 }, (_, at) => at + 14);
    const one = batcher.answer(rowsOf(1));
    const many = batcher.answer(rowsOf(...numbers));
    expect(predictionsOf(await many)).toEqual(numbers.map((number) => 2 * number));
    await batcher.answer(rowsOf(5));
    expect(predictionsOf(await one)).toEqual([2]);
  });
});

describe('failing', () => {
  test('a batch that fails rejects its own callers, and the next batch is scored', async () => {
    const batcher = batcherOf(doubling());
    const failed = await Promise.allSettled([
      batcher.answer(rowsOf(1)),
      batcher.answer(rowsOf(13)),
    ]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(predictionsOf(await batcher.answer(rowsOf(4)))).toEqual([8]);
    expect(batcher.queuedRows).toBe(0);
  });

  test('rows beyond the bound are refused, and those admitted are answered', async () => {
    const batcher = batcherOf(doubling(), { queueRowsMax: 3 });
    const admitted = batcher.answer(rowsOf(1, 2));
    expect(batcher.queuedRows).toBe(2);
    await expect(batcher.answer(rowsOf(3, 4))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const alsoAdmitted = batcher.answer(rowsOf(3));
    expect(predictionsOf([...(await admitted), ...(await alsoAdmitted)])).toEqual([2, 4, 6]);
    expect(predictionsOf(await batcher.answer(rowsOf(4, 5)))).toEqual([8, 10]);
  });
});

describe('stopping', () => {
  test('scores what was admitted, refuses what comes, and may come twice', async () => {
    const batcher = batcherOf(doubling());
    const admitted = batcher.answer(rowsOf(1));
    const stopped = Promise.all([batcher.stop(), batcher.stop()]);
    await expect(batcher.answer(rowsOf(2))).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await stopped;
    expect(predictionsOf(await admitted)).toEqual([2]);
    await batcher.stop();
  });

  test('waits for batches in the pool', async () => {
    const resolves: ((outputs: Float64Array) => void)[] = [];
    const pool = {
      busy: false,
      untilFree: () => Promise.resolve(),
      answer: () => new Promise<Float64Array>((resolve) => resolves.push(resolve)),
    };
    const batcher = new MicroBatcher({ model: doubling([], 1e9), pool, observe: () => {} });
    const answers = batcher.answer(rowsOf(1));
    let stopped = false;
    const stopping = batcher.stop().then(() => (stopped = true));
    await turn();
    expect(stopped).toBe(false);
    resolves[0]!(Float64Array.of(2));
    await stopping;
    expect(predictionsOf(await answers)).toEqual([2]);
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

  answer = (batch: PoolBatch): Promise<Float64Array> => {
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
      expect(predictionsOf(await batcher.answer(rowsOf(...numbers)))).toEqual(
        numbers.map((n) => 2 * n),
      );
      expect(pool.batches).toHaveLength(pooled);
      expect(observed).toEqual([[pooled === 1 ? 'pool' : 'inline', rows]]);
    },
  );

  test('gets exactly the rows of the batch, and the batcher never touches them again', async () => {
    const pool = new Recorder();
    const batcher = new MicroBatcher({ model: doubling([], 1e6), pool, observe: () => {} });
    const large = Array.from({ length: 100 }, (_, at) => at);
    await batcher.answer(rowsOf(...large));
    await batcher.answer(rowsOf(7));
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
    const first = batcher.answer(rowsOf(1));
    await turn();
    const second = batcher.answer(rowsOf(2));
    await turn();
    expect(pool.batches).toEqual([]);
    pool.free();
    expect(predictionsOf([...(await first), ...(await second)])).toEqual([2, 4]);
    expect(pool.batches.map(({ rows }) => rows)).toEqual([2]);
  });

  test('a batch for the event loop does not wait for a thread', async () => {
    const pool = new Recorder();
    pool.busy = true;
    const batcher = new MicroBatcher({ model: doubling(), pool, observe: () => {} });
    expect(predictionsOf(await batcher.answer(rowsOf(1)))).toEqual([2]);
  });

  test('what waits for a thread is sent on by stop()', async () => {
    const pool = new Recorder();
    pool.busy = true;
    const batcher = new MicroBatcher({ model: doubling([], 1e6), pool, observe: () => {} });
    const waiting = batcher.answer(rowsOf(1));
    await turn();
    await batcher.stop();
    expect(predictionsOf(await waiting)).toEqual([2]);
    pool.free();
    await turn();
    expect(pool.batches).toHaveLength(1);
  });
});
