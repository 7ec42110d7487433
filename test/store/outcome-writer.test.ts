import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { ModelRows } from '../../src/ops/metrics.ts';
import type { WriterObserver } from '../../src/store/outcomes/outcome-buffer.ts';
import { OutcomeWriter, type WriterOptions } from '../../src/store/outcomes/outcome-writer.ts';
import { INSERT_ROWS_MAX } from '../../src/store/outcomes/store-groups.ts';
import { Store } from '../../src/store/store.ts';
import { draft, storedPredictions, until } from '../support/outcomes.ts';
import {
  COMMIT_MS_MAX,
  quietLog,
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';

class Counts implements WriterObserver {
  commits = 0;
  rows = 0;
  refused = 0;
  lost = 0;
  buffer = 0;
  committed(rows: readonly ModelRows[]): void {
    this.commits++;
    this.rows += sum(rows);
  }
  failed(rows: readonly ModelRows[], why: 'refused' | 'late' | 'lost'): void {
    if (why === 'refused') this.refused += sum(rows);
    if (why === 'lost') this.lost += sum(rows);
  }
  waiting(rows: readonly ModelRows[], change: 1 | -1): void {
    this.buffer += change * sum(rows);
  }
}

const sum = (byModel: readonly ModelRows[]): number =>
  byModel.reduce((all, { rows }) => all + rows, 0);

let postgres: TestPostgres;
let store: Store;
let writer: OutcomeWriter;
let counts: Counts;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
}, STORE_READY_MS_MAX);

afterAll(async () => {
  await store?.stop();
  await postgres?.stop();
});

beforeEach(async () => {
  await store.query((sql) => sql`truncate predictions`);
  writer = await startWriter();
});

afterEach(() => writer.stop());

async function startWriter(more: Partial<WriterOptions> = {}): Promise<OutcomeWriter> {
  counts = new Counts();
  const options = {
    store,
    log: quietLog,
    rowsMax: 10_000,
    deadlineMs: COMMIT_MS_MAX,
    observer: counts,
  };
  const started = new OutcomeWriter({ ...options, ...more });
  await started.start();
  return started;
}

/** One row, a few rows, and more than one INSERT takes: the three ways into the table. */
const COUNTS = [1, 3, INSERT_ROWS_MAX + 44];

describe('what was written is what is stored', () => {
  test.each(COUNTS)('every double exactly, %i rows at once', async (rows) => {
    const values = [-0, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, -1e-7, Infinity, NaN];
    for (let from = 0; from < values.length; from += rows) {
      const wanted = Array.from({ length: rows }, (_, at) => values[(from + at) % values.length]!);
      const ids = await writer.write(
        wanted.map((value) => draft(value)),
        'stored',
      );
      const stored = await storedPredictions(store);
      ids.forEach((id, at) => expect(stored.get(id)).toBe(wanted[at]));
    }
  });

  test.each(COUNTS)('every text exactly, %i rows at once', async (rows) => {
    const text = 'tab\t newline\n return\r \\ \\N "quoted" \'single\' {a,b} NULL \u00fc \u{1f333}';
    const input = JSON.stringify({ [text]: text, 'a\u0001': [1, null, true] });
    const one = draft(1, {
      rawId: 7,
      modelName: text,
      modelVersion: '\\.',
      target: '',
      label: 'NULL',
      modelDigest: 'ab',
      outputs: '[1,"1"]',
      probabilities: '[{"output":0,"label":1,"probability":0.1}]',
      scores: '{"votes":[1,0]}',
      requestId: text,
      jobId: '0b7a5a52-6d2c-4a38-9a0b-7e9f6f6f2b11',
      input,
    });
    await writer.write(
      Array.from({ length: rows }, () => one),
      'stored',
    );
    const found = await store.query((sql) => sql`select * from predictions`);
    expect(found).toHaveLength(rows);
    for (const row of found) {
      expect(row).toMatchObject({
        raw_id: 7,
        model_name: text,
        model_version: '\\.',
        target: '',
        label: 'NULL',
        model_digest: 'ab',
        outputs: [1, '1'],
        probabilities: [{ output: 0, label: 1, probability: 0.1 }],
        scores: { votes: [1, 0] },
        request_id: text,
        job_id: '0b7a5a52-6d2c-4a38-9a0b-7e9f6f6f2b11',
        input: JSON.parse(input) as unknown,
      });
      expect(Math.abs(Date.now() - (row['created_at'] as Date).getTime())).toBeLessThan(60_000);
    }
  });

  test.each(COUNTS)('missing values are null, %i rows at once', async (rows) => {
    const empty = draft(1, { prediction: null, input: null });
    await writer.write(
      Array.from({ length: rows }, () => empty),
      'stored',
    );
    const [row] = await store.query((sql) => sql`select * from predictions`);
    for (const name of ['raw_id', 'prediction', 'label', 'outputs', 'probabilities', 'scores']) {
      expect(row![name]).toBeNull();
    }
    for (const name of ['request_id', 'job_id', 'input']) expect(row![name]).toBeNull();
  });

  test('nothing written is nothing stored', async () => {
    expect(await writer.write([], 'stored')).toEqual([]);
  });
});

describe('ids', () => {
  test('plain inserts by somebody else never collide', async () => {
    const ids = new Set<number>();
    for (let at = 0; at < 30; at++) {
      for (const id of await writer.write([draft(at), draft(at)], 'stored')) ids.add(id);
      const [row] = await store.query(
        (sql) => sql<{ id: number }[]>`insert into predictions (model_name, model_version, target)
          values ('x', '1', 't') returning id`,
      );
      ids.add(row!.id);
    }
    expect(ids.size).toBe(90);
    expect((await storedPredictions(store)).size).toBe(90);
  });

  test('two writers share none', async () => {
    const other = await startWriter();
    const written = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        (at % 2 === 0 ? writer : other).write([draft(at)], 'stored'),
      ),
    );
    expect(new Set(written.flat()).size).toBe(200);
    await other.stop();
  });

  test('more rows than a block has', async () => {
    const big = await startWriter({ rowsMax: 40_000 });
    const ids = await big.write(
      Array.from({ length: 40_000 }, (_, at) => draft(at)),
      'stored',
    );
    const stored = await storedPredictions(store);
    expect(stored.size).toBe(40_000);
    expect(ids.every((id, at) => stored.get(id) === at)).toBe(true);
    await big.stop();
  });
});

describe('a commit', () => {
  test('takes along whatever has gathered', async () => {
    await Promise.all(Array.from({ length: 500 }, (_, at) => writer.write([draft(at)], 'stored')));
    expect(counts.rows).toBe(500);
    expect(counts.commits).toBeLessThan(10);
    expect(counts.buffer).toBe(0);
  });

  test.each(COUNTS)(
    'stores all rows of a write or none, %i good ones beside a bad',
    async (rows) => {
      const drafts = Array.from({ length: rows }, (_, at) => draft(at));
      drafts.push(draft(-1, { input: String.raw`{"text":"\u0000"}` }));
      await expect(writer.write(drafts, 'stored')).rejects.toMatchObject({ code: 'ROW_INVALID' });
      expect((await storedPredictions(store)).size).toBe(0);
      expect(counts.refused).toBe(rows + 1);
    },
  );

  test.each([
    { name: 'a zero character in a text', bad: { label: 'a\0b' } },
    { name: 'a zero character in JSON', bad: { input: String.raw`{"a":"\u0000"}` } },
    { name: 'half a surrogate pair in JSON', bad: { input: String.raw`{"a":"\ud800"}` } },
    { name: 'text that is no JSON', bad: { probabilities: '{' } },
    { name: 'a job id that is none', bad: { jobId: 'x' } },
  ])('$name costs only its own write', async ({ bad }) => {
    const writes = Array.from({ length: 60 }, (_, at) =>
      writer.write([draft(at, at === 31 ? bad : {}), draft(at)], 'stored'),
    );
    const settled = await Promise.allSettled(writes);
    expect(settled[31]).toMatchObject({ status: 'rejected', reason: { code: 'ROW_INVALID' } });
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(59);
    expect((await storedPredictions(store)).size).toBe(118);
  });

  test('a bad row in a COPY costs only its own write', async () => {
    const writes = Array.from({ length: 20 }, (_, at) =>
      writer.write(
        Array.from({ length: 100 }, () => draft(at, at === 7 ? { label: '\0' } : {})),
        'stored',
      ),
    );
    const settled = await Promise.allSettled(writes);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect((await storedPredictions(store)).size).toBe(1_900);
  });
});

describe('the buffer is bounded', () => {
  test('a write that does not fit now is QUEUE_FULL, and a later one fits again', async () => {
    const small = await startWriter({ rowsMax: 10 });
    const first = small.write(
      Array.from({ length: 8 }, (_, at) => draft(at)),
      'stored',
    );
    await expect(small.write([draft(8), draft(9), draft(10)], 'stored')).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      status: 429,
    });
    await first;
    expect(await small.write([draft(8), draft(9), draft(10)], 'stored')).toHaveLength(3);
    await small.stop();
  });

  test('a write that never fits is BATCH_TOO_LARGE', async () => {
    const small = await startWriter({ rowsMax: 2 });
    const drafts = [draft(1), draft(2), draft(3)];
    await expect(small.write(drafts, 'stored')).rejects.toMatchObject({ code: 'BATCH_TOO_LARGE' });
    await small.stop();
  });
});

describe('starting and stopping', () => {
  test('a stop stores what was queued first', async () => {
    const ids = await Promise.all(
      Array.from({ length: 300 }, (_, at) => writer.write([draft(at)], 'queued')),
    );
    await writer.stop();
    const stored = await storedPredictions(store);
    expect([...stored.keys()].toSorted((a, b) => a - b)).toEqual(ids.flat());
    expect(counts.lost).toBe(0);
  });

  test('a write after a stop is refused, and a second stop does nothing', async () => {
    await writer.stop();
    await writer.stop();
    await expect(writer.write([draft(1)], 'stored')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });

  test('a writer that started before its store has ids as soon as that is there', async () => {
    const late = new Store({ url: postgres.url, poolSize: 1, log: quietLog });
    const early = await startWriter({ store: late });
    expect(early.idsAtHand).toBe(0);
    await late.start();
    await until(() => early.idsAtHand > 0);
    await early.stop();
    await late.stop();
  });

  test('a stop may come before the start has ended', async () => {
    const early = new OutcomeWriter({ store, log: quietLog, rowsMax: 10, deadlineMs: 1_000 });
    const starting = early.start();
    await early.stop();
    await expect(starting).resolves.toBeUndefined();
  });
});
