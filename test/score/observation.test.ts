import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterEach, expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import type { LiveModel } from '../../src/live/live-model.ts';
import { Metrics } from '../../src/ops/metrics.ts';
import { Observation, type Observer } from '../../src/score/observation.ts';
import type { ScoredRow } from '../../src/score/outcomes.ts';
import type { Scoring } from '../../src/score/scoring.ts';
import { HeldStore } from '../support/held-store.ts';
import { type StoreSide, createScoring } from '../support/http-service.ts';
import { tinyLinear } from '../support/tiny-model.ts';

const addon = loadAddon();

/** Everything that the observers received, call by call. */
let told: (readonly ScoredRow[])[] = [];
let logged: object[] = [];
let scoring: Scoring;
afterEach(async () => {
  await scoring.stop();
  expect(addon.liveForests()).toBe(0);
  [told, logged] = [[], []];
});

const keep: Observer = (rows) => {
  told.push(rows);
};

function throwing(): void {
  throw new Error('observed badly');
}

function rejecting(): Promise<void> {
  return Promise.reject(new Error('observed too late'));
}

function endless(): Promise<void> {
  return new Promise(() => {});
}

function observed(observers: readonly Observer[], storeSide: StoreSide = {}): Scoring {
  const log = { error: (details: object) => void logged.push(details) };
  const observation = new Observation(observers, log);
  return createScoring(tinyLinear(), new Metrics(), { observation, ...storeSide });
}

const predictionsOf = (rows: readonly ScoredRow[]): unknown[] =>
  rows.map(({ row, answer }) => [row[0], answer.predictions[0]]);

test('requests that were scored in one batch are one call, with their rows and answers', async () => {
  scoring = observed([keep]);
  const xs = Array.from({ length: 64 }, (_, at) => at);
  await Promise.all(xs.map((x) => scoring.predict({ x }, null)));
  await nextTurn();
  expect(told.map(predictionsOf)).toEqual([xs.map((x) => [x, 4 * x + 1])]);
});

test('every observer is called, with the model', async () => {
  const models: LiveModel[] = [];
  const second: Observer = (_, live) => void models.push(live);
  scoring = observed([keep, second]);
  await scoring.predict({ x: 1 }, null);
  await nextTurn();
  expect(told).toHaveLength(1);
  expect(models).toEqual([scoring.live]);
});

test('rows of the store are reported with their ids, and those without an answer are left out', async () => {
  scoring = observed([keep]);
  const rows = [1, 1e308, 2].map((x, at) => ({ id: at + 1, values: [x] }));
  await scoring.scoreRawRows(rows);
  await nextTurn();
  expect(told.map((call) => call.map(({ rawId }) => rawId))).toEqual([[1, 3]]);
});

test('no caller waits for an observer, nor feels its errors: they are logged', async () => {
  scoring = observed([throwing, rejecting, endless, keep]);
  expect((await scoring.predict({ x: 1 }, null)).answer.predictions).toEqual([5]);
  await nextTurn();
  await nextTurn();
  expect(told.map(predictionsOf)).toEqual([[[1, 5]]]);
  expect(logged).toMatchObject([
    { rows: 1, err: { message: 'observed badly' } },
    { rows: 1, err: { message: 'observed too late' } },
  ]);
});

test('the rows are on their way to the store before they are observed', async () => {
  const store = new HeldStore();
  scoring = observed([keep], { level: 'stored', write: store.write });
  const prediction = scoring.predict({ x: 1 }, null);
  await store.holding(1);
  expect(told).toEqual([]);
  await nextTurn();
  expect(told.map(predictionsOf)).toEqual([[[1, 5]]]);
  store.commit();
  await prediction;
});

test('a stop tells what is still to be told, while the model lives', async () => {
  const rescored: unknown[] = [];
  const again: Observer = (rows, live) => {
    rescored.push(...live.answer(rows.map(({ row }) => row)).map((each) => each?.predictions[0]));
  };
  scoring = observed([again]);
  const predictions = [scoring.predict({ x: 1 }, null), scoring.predict({ x: 2 }, null)];
  await Promise.all([scoring.stop(), ...predictions]);
  expect(rescored).toEqual([5, 9]);
});
