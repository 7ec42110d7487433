import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import type { FieldValue, ValidRow } from '../../src/core/rows.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { buildVerifiedForests } from '../../src/model/golden/verified-forests.ts';
import { makeGolden } from '../../src/model/golden/golden.ts';
import type { Answer } from '../../src/model/plan/head.ts';
import type { Model } from '../../src/model/model.ts';
import { readPackage, writePackage } from '../../src/model/package/package.ts';
import { compilePlan } from '../../src/model/plan/plan.ts';
import { referenceScorer } from '../../src/model/plan/scorers.ts';
import { type LiveModel, createLiveModel } from '../../src/live/live-model.ts';
import { isDateType, NUMBER_OF } from '../../src/schema/dates.ts';
import type { Field } from '../../src/schema/fields.ts';
import { type AnswerByRow, Raised, answerByRow } from './by-row.ts';
import { randomModel } from './random-model.ts';
import { seededRandom } from './random.ts';

const MODELS = 400;
const ROWS = 60;
const addon = loadAddon();

const VALUES = {
  number: [0, -0, 1, 2.5, -3, 0.5, -1.5, 7, 1e30, -1e-30, 1e300, null],
  text: ['a', 'b', 'c', 'd', 'e', '', null],
  boolean: [true, false, null],
  date: ['1970-01-01', '1970-01-03', '1969-12-31', '2026-01-31', null],
  datetime: ['1970-01-01T00:00:02.5Z', '1970-01-01 00:00', '2026-01-31T12:00:00+02:00', null],
} as const;

/** Allowed refusals of random models: they take no row at all, or not by simple rules. */
const FOR_NOBODY = /takes no value at all|raises on some categories|No number in field/;

function randomRows(model: Model, seed: number): FieldValue[][] {
  const random = seededRandom(seed);
  return Array.from({ length: ROWS }, () =>
    model.fields.map(({ type }) => VALUES[type][Math.floor(random() * VALUES[type].length)]!),
  );
}

/** A date as the number that the model's stages read. */
function numberOfDate(value: FieldValue, { type }: Field): FieldValue {
  return isDateType(type) && value !== null ? NUMBER_OF[type](String(value)) : value;
}

/** The model's answer to the row: null where it raises, or where the answer is no number. */
function wanted(model: Model, row: readonly FieldValue[]): AnswerByRow | null {
  try {
    const answer = answerByRow(
      model,
      row.map((value, at) => numberOfDate(value, model.fields[at]!)),
    );
    return answer.told.every(Number.isFinite) ? answer : null;
  } catch (error) {
    if (error instanceof Raised) return null;
    throw error;
  }
}

interface Taken {
  readonly rows: readonly ValidRow[];
  readonly wanted: readonly (AnswerByRow | null)[];
}

/** The rows that the model takes: any other must be one for which it raises. */
function takenRows(model: Model, live: LiveModel, seed: number): Taken {
  const rows: ValidRow[] = [];
  const answers: (AnswerByRow | null)[] = [];
  for (const row of randomRows(model, seed)) {
    const answer = wanted(model, row);
    try {
      rows.push(live.validateList(row));
      answers.push(answer);
    } catch (error) {
      if (!(error instanceof ThicketError)) throw error;
      expect(answer, `model ${seed} refuses ${JSON.stringify(row)}: ${error.message}`).toBeNull();
    }
  }
  return { rows, wanted: answers };
}

function answersOf(live: LiveModel, rows: readonly ValidRow[]) {
  const raw = new Float64Array(rows.length * live.shape.rawWidth);
  return { raw, answers: live.answer(rows, raw) };
}

function liveOf(model: Model): LiveModel | null {
  try {
    return createLiveModel(model, { addon, extraFields: 'ignore' });
  } catch (error) {
    expect(String(error)).toMatch(FOR_NOBODY);
    return null;
  }
}

/** The traits of this model, among those that random models are made to have. */
function traitsOf(model: Model, live: LiveModel): string[] {
  const { head, headForests, forests, checkRow, rows } = compilePlan(model);
  const traits = {
    'several forests side by side': forests.length > 1,
    'trees that add to one output': model.ensembles.some((trees) => trees.treeOutputs.length > 0),
    'numbers computed before trees': forests.length > 0 && rows.slots.computed > 0,
    'rows refused for what is computed': checkRow !== null,
    'a head that reads rows': head.needsRows && forests.length > 0,
    'a forest in the head': headForests.length > 0,
    'no trees': forests.length === 0 && headForests.length === 0,
    scores: live.shape.scores.length > 0,
    'classes without probabilities': live.shape.labels !== null && !live.shape.hasProbabilities,
    'classes with probabilities': live.shape.hasProbabilities,
  };
  return Object.entries(traits).flatMap(([trait, has]) => (has ? [trait] : []));
}

test(
  `${MODELS} random models answer ${ROWS} rows each as their stages do, and no row for which they raise`,
  { timeout: 300_000 },
  () => {
    const traits = new Map<string, number>();
    let [answered, unanswered, refused] = [0, 0, 0];
    for (let seed = 1; seed <= MODELS; seed++) {
      const model = randomModel(seed);
      const live = liveOf(model);
      if (live === null) continue;
      for (const trait of traitsOf(model, live)) traits.set(trait, (traits.get(trait) ?? 0) + 1);
      const taken = takenRows(model, live, seed);
      const { raw, answers } = answersOf(live, taken.rows);
      const { rawWidth } = live.shape;
      live.close();
      taken.wanted.forEach((answer, row) => {
        const what = `model ${seed}, ${JSON.stringify(taken.rows[row])}`;
        if (answer === null) return expect(answers[row], what).toBeNull();
        const own = raw.subarray(row * rawWidth, (row + 1) * rawWidth);
        expect([...own], what).toEqual(answer.raw);
        const { predictions, probabilities, scores } = answer;
        const told: Answer = { predictions, probabilities, scores };
        expect(answers[row], what).toStrictEqual(told);
      });
      refused += ROWS - taken.rows.length;
      unanswered += taken.wanted.filter((answer) => answer === null).length;
      answered += taken.wanted.filter((answer) => answer !== null).length;
    }
    expect(answered).toBeGreaterThan((MODELS * ROWS) / 5);
    expect(refused).toBeGreaterThan((MODELS * ROWS) / 20);
    expect(unanswered).toBeGreaterThan(100);
    expect(traits.size).toBe(10);
    for (const [trait, models] of traits) expect(models, trait).toBeGreaterThan(20);
    expect(addon.liveForests()).toBe(0);
  },
);

test('random models come back from a package with golden rows that they answer', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'thicket-any-'));
  try {
    for (let seed = 1; seed <= 60; seed++) {
      const model = randomModel(seed);
      const live = liveOf(model);
      if (live === null) continue;
      live.close();
      const plan = compilePlan(model);
      const golden = makeGolden(model, plan, referenceScorer(addon, plan));
      const file = join(directory, `${seed}.thicket`);
      await writePackage(file, { ...model, golden });
      const read = await readPackage(file);
      expect(read).toStrictEqual({ ...model, golden });
      buildVerifiedForests(read, compilePlan(read), addon).close();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
