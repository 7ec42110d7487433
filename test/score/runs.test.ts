import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ThicketError } from '../../src/core/errors.ts';
import { type IdentifiedRow, RawRows } from '../../src/data/raw-rows.ts';
import { beginRun, type BegunRun, type WantedRun } from '../../src/score/runs/begin-run.ts';
import { followRun } from '../../src/score/runs/follow-run.ts';
import { idSetOf, idsOf } from '../../src/score/runs/id-set.ts';
import { findRun, listRuns, totalsOf } from '../../src/score/runs/progress.ts';
import { committing, endRun, takeRange } from '../../src/score/runs/ranges.ts';
import { RANGE_ROWS, type Run, type Selection } from '../../src/score/runs/run.ts';
import { type RunSurroundings, workOnRun } from '../../src/score/runs/work-on-run.ts';
import { OutcomeWriter } from '../../src/store/outcomes/outcome-writer.ts';
import type { Store } from '../../src/store/store.ts';
import { draft } from '../support/outcomes.ts';
import { quietLog, startPostgres, startStore, type TestPostgres } from '../support/postgres.ts';
import { SUPERSTORE } from '../support/superstore.ts';

let postgres: TestPostgres;
let store: Store;
let writer: OutcomeWriter;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
});
afterAll(async () => {
  await store.stop();
  await postgres.stop();
});
beforeEach(async () => {
  await store.query((sql) => sql`truncate predictions, raw_superstore, score_runs, score_ranges`);
  writer = new OutcomeWriter({ store, log: quietLog, rowsMax: 50_000, deadlineMs: 60_000 });
  await writer.start();
});
afterEach(() => writer.stop());

async function addRows(from: number, to: number): Promise<void> {
  await store.query(
    (sql) => sql`insert into raw_superstore (id, sales)
      select id, id from generate_series(${from}::int8, ${to}::int8) as id`,
  );
}

const model = (digest: string) => ({ name: 'm', version: '1', digest: digest.repeat(64) });

function begin(changes: Partial<WantedRun> = {}): Promise<BegunRun> {
  const wanted = { dataset: SUPERSTORE, model: model('d'), again: false, by: 'a test' };
  return beginRun(store, { selection: 'all', ...wanted, ...changes });
}

async function newRun(changes: Partial<WantedRun> = {}): Promise<Run> {
  const { run } = await begin(changes);
  if (run === null) throw new Error('no row is left');
  return run;
}

/** Every row is answered by its id, but for those that `refuses` names. */
function around(changes: Partial<RunSurroundings> = {}, refuses: readonly number[] = []) {
  const surroundings: RunSurroundings = {
    store,
    by: 'a test',
    onProgress: () => {},
    rawRows: new RawRows(store, SUPERSTORE, [{ name: 'sales', type: 'number' }]),
    write: (drafts, guard) => writer.writeGuarded(drafts, guard),
    scoring: {
      scoreRawRows: async (rows: readonly IdentifiedRow[], storeScored) => {
        const taken = rows.filter(({ id }) => !refuses.includes(id));
        const refused = rows
          .filter(({ id }) => refuses.includes(id))
          .map(({ id }) => ({ rawId: id, reason: `raw_id=${id}: no` }));
        await storeScored!(
          taken.map(({ id }) => draft(id, { rawId: id })),
          refused,
        );
        return { stored: taken.length, refused };
      },
    },
    ...changes,
  };
  return surroundings;
}

/** Outcomes of a run by raw id. Throws where a row has two. */
async function outcomesOf(run: Run): Promise<readonly number[]> {
  const rows = await store.query(
    (sql) => sql<{ raw_id: number; outcomes: number }[]>`
      select raw_id, count(*) as outcomes from predictions where run_id = ${run.id}
      group by raw_id order by raw_id`,
  );
  expect(rows.filter(({ outcomes }) => outcomes !== 1)).toEqual([]);
  return rows.map((row) => row.raw_id);
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

const listed = (ids: readonly number[]): Selection => Float64Array.from(ids);

test('a set of ids is read as it was written, with and without neighbours', () => {
  for (const ids of [[], [7], [1, 2, 3], [-3, -1, 0, 1, 900_719_925_474_099]]) {
    expect(idsOf(idSetOf(Float64Array.from(ids)))).toEqual(ids);
  }
  expect(idSetOf(Float64Array.from([1, 2, 3, 7]))).toBe('{[1,4),[7,8)}');
});

describe('a run of the whole table', () => {
  test('gives every row one outcome and is done', async () => {
    await addRows(1, 2 * RANGE_ROWS + 5);
    const run = await newRun();
    await workOnRun(run, around());
    expect(await outcomesOf(run)).toEqual(numbers(1, 2 * RANGE_ROWS + 5));
    expect(await findRun(store, run.id)).toMatchObject({
      state: 'done',
      ranges: 3,
      rangesDone: 3,
      stored: 2 * RANGE_ROWS + 5,
    });
  });

  test('is gone on with where it was left, and rows that came since become part of it', async () => {
    await addRows(1, RANGE_ROWS + 1);
    const run = await newRun();
    await expect(
      workOnRun(run, around({ write: failingAfter(1, new Error('killed')) })),
    ).rejects.toThrow('killed');
    expect(await outcomesOf(run)).toHaveLength(RANGE_ROWS);
    await addRows(RANGE_ROWS + 2, RANGE_ROWS + 10);
    const again = await begin();
    expect(again).toMatchObject({ run: { id: run.id }, continued: true });
    await workOnRun(run, around());
    expect(await outcomesOf(run)).toEqual(numbers(1, RANGE_ROWS + 10));
  });

  test('after a finished one scores new rows only, also those with an older id', async () => {
    await addRows(1, 5);
    await addRows(9, 12);
    await workOnRun(await newRun(), around());
    expect(await begin()).toMatchObject({ run: null, leavesScored: true });
    await addRows(7, 7);
    await addRows(20, 21);
    const { run, continued, leavesScored } = await begin();
    expect({ continued, leavesScored }).toEqual({ continued: false, leavesScored: true });
    await workOnRun(run!, around());
    expect(await outcomesOf(run!)).toEqual([7, 20, 21]);
  });

  test('scores every row anew where it is told to, and replaces one that was not ended', async () => {
    await addRows(1, 5);
    const old = await newRun();
    const run = await newRun({ again: true });
    expect(run.id).not.toBe(old.id);
    await workOnRun(run, around());
    expect(await outcomesOf(run)).toHaveLength(5);
    await expect(workOnRun(old, around())).rejects.toMatchObject({ code: 'RUN_REFUSED' });
    expect(await outcomesOf(old)).toEqual([]);
    // Told so twice, it scores them twice; one that was not ended is gone on with.
    const next = await newRun({ again: true });
    expect(next.id).not.toBe(run.id);
    expect(await begin({ again: true })).toMatchObject({ run: { id: next.id }, continued: true });
  });

  test('of another model under the same name is a new one, and names the one that was left', async () => {
    await addRows(1, 5);
    const old = await newRun();
    const { run, continued, unfinished } = await begin({ model: model('e') });
    expect({ continued, left: unfinished.map(({ id }) => id) }).toEqual({
      continued: false,
      left: [old.id],
    });
    await workOnRun(run!, around());
    expect(await outcomesOf(run!)).toHaveLength(5);
    // The model of before has its run still.
    expect(await begin()).toMatchObject({ run: { id: old.id }, continued: true });
  });

  test('begun by two at the same time is one run', async () => {
    await addRows(1, 10);
    const begun = await Promise.all([begin(), begin(), begin()]);
    expect(new Set(begun.map(({ run }) => run!.id)).size).toBe(1);
    expect(await listRuns(store)).toMatchObject([{ ranges: 1, rows: 10 }]);
  });

  test('is none where the table has no rows', async () => {
    expect(await begin()).toMatchObject({ run: null, leavesScored: false });
    expect(await listRuns(store)).toEqual([]);
  });
});

describe('a run of ids', () => {
  test('scores what was named, each time anew, and leaves absent ids out', async () => {
    await addRows(1, 5);
    const selection = listed([2, 4, 77]);
    const first = await newRun({ selection });
    await workOnRun(first, around());
    const second = await newRun({ selection });
    await workOnRun(second, around());
    for (const run of [first, second]) expect(await outcomesOf(run)).toEqual([2, 4]);
    expect(await findRun(store, second.id)).toMatchObject({ rows: 3, read: 2, stored: 2 });
  });

  test('is gone on with by the same ids, and not by others', async () => {
    await addRows(1, 5);
    const run = await newRun({ selection: listed([2, 4]) });
    expect(await begin({ selection: listed([2, 4]) })).toMatchObject({ run: { id: run.id } });
    expect(await begin({ selection: listed([2, 5]) })).toMatchObject({ continued: false });
  });

  test('does not keep a run of the whole table from scoring them', async () => {
    await addRows(1, 3);
    await workOnRun(await newRun({ selection: listed([2, 1_000]) }), around());
    await addRows(1_000, 1_000);
    const run = await newRun();
    await workOnRun(run, around());
    expect(await outcomesOf(run)).toEqual([1, 2, 3, 1_000]);
  });

  test('of any length and without neighbours is cut into ranges', async () => {
    const ids = Array.from({ length: 60 * RANGE_ROWS + 1 }, (_, at) => 2 * at);
    const run = await newRun({ selection: listed(ids) });
    expect(await findRun(store, run.id)).toMatchObject({ ranges: 61, rows: ids.length });
    const range = await takeRange(store, run, new Set(numbers(1, 60)));
    expect(range).toMatchObject({ number: 61, ids: [ids.at(-1)] });
  });
});

describe('the ranges of a run', () => {
  test('are shared by two who work on it, without an outcome twice', async () => {
    await addRows(1, 6 * RANGE_ROWS);
    const run = await newRun();
    const worked: string[] = [];
    const worker = (by: string) =>
      workOnRun(
        run,
        around({
          by,
          write: async (drafts, guard) => {
            worked.push(by);
            return writer.writeGuarded(drafts, guard);
          },
        }),
      );
    await Promise.all([worker('one'), worker('two')]);
    expect(new Set(worked)).toEqual(new Set(['one', 'two']));
    expect(await outcomesOf(run)).toEqual(numbers(1, 6 * RANGE_ROWS));
  });

  test('come to one after the other; those of a process that is gone come again at last', async () => {
    await addRows(1, 3 * RANGE_ROWS);
    const run = await newRun();
    const take = async (mine: readonly number[] = []) =>
      (await takeRange(store, run, new Set(mine)))?.number;
    expect([await take(), await take(), await take()]).toEqual([1, 2, 3]);
    expect(await take([1])).toBe(2);
    expect(await take([1, 2, 3])).toBeUndefined();
  });

  test('commit once: the outcomes of who comes later are left out', async () => {
    await addRows(1, 10);
    const run = await newRun();
    const range = (await takeRange(store, run, new Set()))!;
    const write = (by: string) =>
      writer.writeGuarded(
        range.ids.map((id) => draft(id, { rawId: id, runId: run.id })),
        committing(range, { read: 10, stored: 10, refused: [] }, by),
      );
    const written = await Promise.all([write('one'), write('two'), write('three')]);
    expect(written.filter((ids) => ids.every((id) => id !== null))).toHaveLength(1);
    expect(written.flat().filter((id) => id === null)).toHaveLength(20);
    expect(await outcomesOf(run)).toHaveLength(10);
  });

  test('keep the reasons of refused rows for whoever ends the run', async () => {
    await addRows(1, RANGE_ROWS + 30);
    const refused = [3, ...numbers(RANGE_ROWS + 1, RANGE_ROWS + 30)];
    const run = await newRun();
    await workOnRun(run, around({}, refused));
    const totals = await totalsOf(store, run);
    expect(totals).toMatchObject({ read: RANGE_ROWS + 30, stored: RANGE_ROWS - 1, refused: 31 });
    expect(totals.named.map(({ rawId }) => rawId)).toEqual(refused.slice(0, 20));
    expect(totals.named[0]).toEqual({ rawId: 3, reason: 'raw_id=3: no' });
  });

  test('whose rows are gone are committed without them', async () => {
    await addRows(1, 10);
    const run = await newRun();
    await store.query((sql) => sql`delete from raw_superstore where id > 8`);
    await workOnRun(run, around());
    expect(await findRun(store, run.id)).toMatchObject({ state: 'done', rows: 10, read: 8 });
  });
});

test('a run whose ranges are not all committed is not ended', async () => {
  await addRows(1, 10);
  const run = await newRun();
  expect(await endRun(store, run)).toBe('running');
});

test('a store that is away for a while is waited for, and no row comes out twice', async () => {
  await addRows(1, 3 * RANGE_ROWS);
  const run = await newRun();
  const away = new ThicketError('STORE_UNAVAILABLE', 'Postgres is not available: away');
  let calls = 0;
  const write: RunSurroundings['write'] = async (drafts, guard) => {
    calls++;
    const written = await writer.writeGuarded(drafts, guard);
    // The commit has happened, and its reply is lost.
    if (calls === 2) throw away;
    return written;
  };
  await workOnRun(run, around({ write }));
  expect(await outcomesOf(run)).toEqual(numbers(1, 3 * RANGE_ROWS));
});

test('a run is followed from elsewhere until it ends', async () => {
  await addRows(1, 3 * RANGE_ROWS);
  const run = await newRun();
  const seen = new Set<number>();
  const followed = followRun(store, run.id, ({ rangesDone }) => seen.add(rangesDone));
  await workOnRun(run, around());
  expect(await followed).toMatchObject({ state: 'done', rangesDone: 3 });
  expect(seen).toContain(3);
  await expect(followRun(store, run.id + 1, () => {})).rejects.toMatchObject({
    code: 'RUN_UNKNOWN',
  });
});

test('a run that nobody works on is said to be left, with the way to go on', async () => {
  await addRows(1, 3);
  const run = await newRun();
  await store.query((sql) => sql`update score_runs set started_at = now() - interval '1 hour'`);
  await expect(followRun(store, run.id, () => {})).rejects.toMatchObject({
    code: 'RUN_REFUSED',
    message: `nobody has worked on run ${run.id} for 60 minutes: --follow ${run.id} --join goes on with it`,
  });
});

/** A writer that dies with its process: so many writes, then none. */
function failingAfter(writes: number, error: Error): RunSurroundings['write'] {
  let left = writes;
  return async (drafts, guard) => {
    if (left-- === 0) throw error;
    return writer.writeGuarded(drafts, guard);
  };
}
