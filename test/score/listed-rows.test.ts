import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterEach, describe, expect, test } from 'vitest';

import { ThicketError } from '../../src/core/errors.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { type BatchObserver, Metrics } from '../../src/ops/metrics.ts';
import { type ListedRow, RefusedRow } from '../../src/score/listed-rows.ts';
import { Observation } from '../../src/score/observation.ts';
import type { ScoredRow } from '../../src/score/outcomes.ts';
import type { Scoring } from '../../src/score/scoring.ts';
import type { OutcomeDraft } from '../../src/store/outcomes/outcome-writer.ts';
import { type StoreSide, createScoring } from '../support/http-service.ts';
import { tinyLinear, tinyStack } from '../support/tiny-model.ts';

const addon = loadAddon();
const CONTINUE = { requestId: null, onError: 'continue' } as const;

let scoring: Scoring;
let stored: (readonly OutcomeDraft[])[] = [];
afterEach(async () => {
  await scoring.stop();
  expect(addon.liveForests()).toBe(0);
  stored = [];
});

const keeping: StoreSide = {
  level: 'stored',
  write: (drafts) => {
    stored.push(drafts);
    return Promise.resolve(drafts.map((_, at) => at + 1));
  },
};

const refused = new RefusedRow({
  message: 'sales: no',
  issues: [{ type: 'missing', loc: ['body', 'x'], msg: 'no' }],
});

async function* chunks(...lists: ListedRow[][]): AsyncGenerator<readonly ListedRow[]> {
  for (const list of lists) yield await Promise.resolve(list);
}

const valid = (...xs: number[]): ListedRow[] => xs.map((x) => scoring.live.validate({ x }));
const answersOf = (results: Awaited<ReturnType<Scoring['predictList']>>): unknown[] =>
  results.map((each) => (each instanceof RefusedRow ? 'refused' : each.answer.predictions[0]));

async function* broken(): AsyncGenerator<readonly ListedRow[]> {
  yield* chunks(valid(1, 2));
  throw new ThicketError('BODY_MALFORMED', 'a quote is never closed');
}

describe('a list', () => {
  test('is stored by one write, whatever its chunks', async () => {
    scoring = createScoring(tinyLinear(), new Metrics(), keeping);
    const list = chunks(valid(1, 2), [refused], [refused, ...valid(3)], []);
    const results = await scoring.predictList(list, CONTINUE);
    expect(answersOf(results)).toEqual([5, 9, 'refused', 'refused', 13]);
    expect(results.flatMap((each) => (each instanceof RefusedRow ? [] : each.id))).toEqual([
      1, 2, 3,
    ]);
    expect(stored.map((drafts) => drafts.map(({ prediction }) => prediction))).toEqual([
      [5, 9, 13],
    ]);
  });

  test('asks each forest once a chunk', async () => {
    const batches: number[] = [];
    class Recorded extends Metrics {
      override batchObserver(): BatchObserver {
        return (_place, rows) => void batches.push(rows);
      }
    }
    scoring = createScoring(tinyStack(), new Recorded());
    const rows = Array.from({ length: 50 }, (_, at) =>
      scoring.live.validate({ sales: at, quantity: 1, segment: 'a' }),
    );
    await scoring.predictList(chunks(rows.slice(0, 20), rows.slice(20)), CONTINUE);
    expect(batches).toEqual([20, 30]);
  });

  test('shows its answered rows to the observers, and no other', async () => {
    const told: (readonly ScoredRow[])[] = [];
    const observation = new Observation([(rows) => void told.push(rows)], { error: () => {} });
    scoring = createScoring(tinyLinear(), new Metrics(), { ...keeping, observation });
    await scoring.predictList(chunks(valid(1, 1e308), [refused], valid(2)), CONTINUE);
    await nextTurn();
    expect(told.map((rows) => rows.map(({ row }) => row[0]))).toEqual([[1, 2]]);
  });

  test('of a client that is gone is not stored', async () => {
    scoring = createScoring(tinyLinear(), new Metrics(), keeping);
    const options = { ...CONTINUE, isAwaited: () => false };
    await expect(scoring.predictList(chunks(valid(1)), options)).rejects.toMatchObject({
      code: 'CLIENT_GONE',
    });
    expect(stored).toEqual([]);
  });

  test('that cannot be read to its end is not stored', async () => {
    scoring = createScoring(tinyLinear(), new Metrics(), keeping);
    await expect(scoring.predictList(broken(), CONTINUE)).rejects.toMatchObject({
      code: 'BODY_MALFORMED',
    });
    expect(stored).toEqual([]);
  });

  test('that is to be rejected names at most 100 issues, and the places of their rows', async () => {
    scoring = createScoring(tinyLinear(), new Metrics(), keeping);
    const rows = [...valid(1), ...Array.from({ length: 500 }, () => refused)];
    const error: unknown = await scoring
      .predictList(chunks(rows), { requestId: null, onError: 'reject' })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ROW_INVALID',
      message: 'row 1: sales: no (and 499 more rows)',
    });
    const { issues } = error as ThicketError;
    expect(issues.map(({ loc }) => loc[2])).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    expect(stored).toEqual([]);
  });

  test('keeps its model until it is answered', async () => {
    scoring = createScoring(tinyLinear(), new Metrics(), keeping);
    let stopped: Promise<void> = Promise.resolve();
    async function* late(): AsyncGenerator<readonly ListedRow[]> {
      stopped = scoring.stop();
      await nextTurn();
      yield valid(1);
    }
    expect(answersOf(await scoring.predictList(late(), CONTINUE))).toEqual([5]);
    await stopped;
  });
});
