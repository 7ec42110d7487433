import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ValidRow } from '../../../src/core/rows.ts';
import { loadAddon } from '../../../src/forest/load.ts';
import { loadModel } from '../../../src/import/load-model.ts';
import { answerRows } from '../../../src/model/plan/answering.ts';
import { type Answer, answersOf } from '../../../src/model/plan/head.ts';
import type { Model } from '../../../src/model/model.ts';
import { readPackage, writePackage } from '../../../src/model/package/package.ts';
import { compilePlan } from '../../../src/model/plan/plan.ts';
import { referenceScorer } from '../../../src/model/plan/scorers.ts';
import { createLiveModel, type LiveModel } from '../../../src/live/live-model.ts';
import { agree, expectedAnswer, stepped } from '../../support/agreement.ts';
import {
  type FixtureValue,
  logitFormOf,
  modelPath,
  rowFor,
  type SklearnFixture,
  sklearnFixtures,
} from '../../support/sklearn-fixtures.ts';

/** Rows whose transcendental transform may take them over a cut point: one in fifty at most. */
const STRAY_SHARE_MAX = 0.02;

/** How far from such a row, in doubles of one of its fields, the cut point may lie. */
const STRAY_STEPS_MAX = 16;

const addon = loadAddon();

const directory = mkdtempSync(join(tmpdir(), 'thicket-parity-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The model after all that happens to one: imported, proved, written to a package, read again. */
async function throughPackage(fixture: SklearnFixture): Promise<Model> {
  const packed = join(directory, `${fixture.title}.thicket`);
  await writePackage(
    packed,
    await loadModel(modelPath(fixture), { logitForm: logitFormOf(fixture) }),
  );
  return readPackage(packed);
}

/** Raw scores and answers of some rows. */
interface Scored {
  readonly raw: readonly (readonly number[])[];
  readonly answers: readonly (Answer | null)[];
}

/** The product's own way, from the row as a client sends it to the answer. */
function scored(live: LiveModel, rows: readonly (readonly FixtureValue[])[]): Scored {
  const { rawWidth } = live.shape;
  const raw = new Float64Array(rows.length * rawWidth);
  const answers = live.answer(
    rows.map((row) => validate(live, row)),
    raw,
  );
  return { raw: inRows(raw, rawWidth), answers };
}

function inRows(raw: Float64Array, width: number): number[][] {
  return Array.from({ length: width === 0 ? 0 : raw.length / width }, (_, row) =>
    Array.from(raw.subarray(row * width, (row + 1) * width)),
  );
}

function validate(live: LiveModel, row: readonly FixtureValue[]): ValidRow {
  const { fields } = live.schema;
  return live.validate(Object.fromEntries(fields.map(({ name }, at) => [name, row[at]])));
}

/** The slow road, which judges every other: one node at a time, as the source library does it. */
function byReference(
  model: Model,
  live: LiveModel,
  rows: readonly (readonly FixtureValue[])[],
): Scored {
  const plan = compilePlan(model);
  const { shape } = plan.head;
  const raw = new Float64Array(rows.length * shape.rawWidth);
  const rowAt = (at: number): ValidRow => validate(live, rows[at]!);
  const outputs = answerRows(plan, referenceScorer(addon, plan), rows.length, rowAt, raw);
  const answers = answersOf(shape, outputs, 0, rows.length);
  return { raw: inRows(raw, shape.rawWidth), answers };
}

const named = sklearnFixtures().map((fixture) => [fixture.title, fixture] as const);

// `$title` would cut long names, and the script that inverts code asks for fixtures by name.
describe.each(named)('%s', (_title, fixture) => {
  let model: Model;
  let live: LiveModel;
  let rows: readonly (readonly FixtureValue[])[];
  let all: Scored;

  beforeAll(async () => {
    model = await throughPackage(fixture);
    live = createLiveModel(model, { addon, extraFields: 'ignore' });
    rows = fixture.inputs.map((row) => rowFor(fixture, model, row));
    all = scored(live, rows);
  });
  afterAll(() => live?.close());

  /** The product's answer to a row beside the library's; raw scores only where the library has them. */
  const pairOf = ({ raw, answers }: Scored, at: number, row: number) => {
    const expected = { answer: expectedAnswer(fixture, row), raw: fixture.raw?.[row] ?? null };
    const seen = { answer: answers[at]!, raw: fixture.raw === null ? null : raw[at]! };
    return { seen, expected };
  };

  const agrees = (of: Scored, at: number, row: number): boolean => {
    const { seen, expected } = pairOf(of, at, row);
    // Only what follows the trees may be off by roundings; what a linear model sums up has no trees.
    return (
      agree(seen.answer, expected.answer, fixture.tolerance) && agree(seen.raw, expected.raw, null)
    );
  };

  test('raw scores, predictions, probabilities and scores are the library’s', () => {
    const strays = fixture.inputs.map((_, row) => row).filter((row) => !agrees(all, row, row));
    if (strays.length > 0 && !fixture.transcendental) {
      const { seen, expected } = pairOf(all, strays[0]!, strays[0]!);
      expect(seen, `row ${strays[0]} of ${strays.length} that differ`).toStrictEqual(expected);
    }
    if (strays.length > 0) {
      console.log(`${fixture.title}: rows ${strays.join(', ')} take the other way at a cut point`);
    }
    expect(strays.length / rows.length).toBeLessThanOrEqual(STRAY_SHARE_MAX);
    for (const row of strays) expect(isBesideCut(row), `row ${row}`).toBe(true);
  });

  /** True where a neighbour of the row, some doubles away in one field, is answered as the row should be. */
  function isBesideCut(row: number): boolean {
    return rows[row]!.some((value, field) => {
      if (typeof value !== 'number') return false;
      for (let steps = -STRAY_STEPS_MAX; steps <= STRAY_STEPS_MAX; steps++) {
        const near = rows[row]!.with(field, stepped(value, steps));
        if (agrees(scored(live, [near]), 0, row)) return true;
      }
      return false;
    });
  }

  test('the package says which version wrote the model', () => {
    expect(model.metadata.sourceVersion).toBe(fixture.sklearn);
  });

  test('rows score alone as they do together', () => {
    const alone = rows.map((row) => scored(live, [row]));
    expect(alone.flatMap(({ raw }) => raw)).toStrictEqual(all.raw);
    expect(alone.flatMap(({ answers }) => answers)).toStrictEqual(all.answers);
    expect(scored(live, []).answers).toStrictEqual([]);
  });

  test('the reference says the same', () => {
    expect(byReference(model, live, rows)).toStrictEqual(all);
  });

  test.each(fixture.raises)('a row is refused where the library raises $error', ({ row }) => {
    const values = rowFor(fixture, model, row);
    try {
      // An error that only shows behind the trees leaves the row without an answer.
      expect(scored(live, [values]).answers).toEqual([null]);
    } catch (refusal) {
      expect(refusal).toMatchObject({ code: 'ROW_INVALID' });
    }
  });
});

test('the fixtures hold what parity must be proved on', () => {
  const fixtures = sklearnFixtures();
  const has = (holds: (fixture: SklearnFixture) => boolean): number =>
    fixtures.filter(holds).length;
  const versions = new Set(fixtures.map(({ sklearn }) => sklearn.split('.', 2).join('.')));
  const wanted = ['0.20', '0.22', '0.24', '1.0', '1.2', '1.3', '1.4', '1.5', '1.6', '1.7', '1.9'];
  expect([...versions].toSorted((a, b) => wanted.indexOf(a) - wanted.indexOf(b))).toEqual(wanted);
  expect(has(({ inputs }) => inputs.flat().includes(null))).toBeGreaterThan(0);
  expect(has(({ raises }) => raises.some(({ row }) => row.includes('inf')))).toBeGreaterThan(0);
  expect(has(({ raises }) => raises.some(({ row }) => row.includes('-inf')))).toBeGreaterThan(0);
  expect(has(({ name }) => name === 'neighbours')).toBe(1);
  expect(
    has(({ raises }) => raises.some(({ error }) => error.includes('unknown'))),
  ).toBeGreaterThan(0);
  expect(has(({ noRows }) => noRows?.includes('0 sample') ?? false)).toBeGreaterThan(0);
});

afterAll(() => expect(addon.liveForests()).toBe(0));
