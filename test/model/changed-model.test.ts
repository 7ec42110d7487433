import { expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import { loadAddon } from '../../src/forest/load.ts';
import type { Model } from '../../src/model/model.ts';
import { type LiveModel, createLiveModel } from '../../src/live/live-model.ts';
import { importModel } from '../../src/import/load-model.ts';
import { modelPath, sklearnFixtures } from '../support/sklearn-fixtures.ts';
import { randomModel } from './random-model.ts';
import { seededRandom } from './random.ts';

const ROUNDS = 1_000;
const addon = loadAddon();

/** Numbers that a file may hold anywhere, and that mean something nowhere or only somewhere. */
const STRANGE = [0, -0, 1, -1, 2, 3, 7, 0.5, 1e9, 2 ** 31, 2 ** 32, 1e300, Infinity, Number.NaN];
const WORDS = ['', 'accept', 'reject', 'zeros', 'others', 'float64', 'constructor', '__proto__'];

/** The model with one thing of it changed, somewhere: a number, a word, a length. */
function changed(model: Model, random: () => number): Model {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const copy = structuredClone(model) as unknown as Record<string, unknown>;
  let at: Record<string, unknown> = { stages: copy['stages'], ensembles: copy['ensembles'] };
  if (random() < 0.2) at = { answer: copy['answer'], fields: copy['fields'] };
  for (;;) {
    const key = pick(Object.keys(at));
    const value = at[key];
    if (ArrayBuffer.isView(value)) {
      const array = value as Float64Array;
      if (random() < 0.3) at[key] = array.slice(0, Math.floor(random() * (array.length + 1)));
      else if (array.length > 0) array[Math.floor(random() * array.length)] = pick(STRANGE);
      return copy as unknown as Model;
    }
    if (Array.isArray(value) && random() < 0.15) {
      at[key] =
        random() < 0.5 ? value.slice(1) : [...(value as unknown[]), ...(value as unknown[])];
      return copy as unknown as Model;
    }
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      at = value as Record<string, unknown>;
      continue;
    }
    if (typeof value === 'string') at[key] = pick(WORDS);
    else if (typeof value === 'number') at[key] = pick(STRANGE);
    return copy as unknown as Model;
  }
}

/** Every kind of row; each has an answer or none. */
function answerAll(live: LiveModel): number {
  const valid = [null, 0, -3, 1e300, 'a', 'zz', true].flatMap((value) => {
    try {
      return [live.validateList(live.schema.fields.map(() => value))];
    } catch (error) {
      if (error instanceof ThicketError && error.code === 'ROW_INVALID') return [];
      throw error;
    }
  });
  return live.answer(valid).filter((answer) => answer !== null).length;
}

/** Random ones, and those of one release of scikit-learn: together they have every kind of stage. */
async function someModels(): Promise<Model[]> {
  const fixtures = sklearnFixtures().filter(({ sklearn }) => sklearn === '1.9.1');
  const imported = await Promise.all(fixtures.map((fixture) => importModel(modelPath(fixture))));
  return [...Array.from({ length: 50 }, (_, seed) => randomModel(1 + seed)), ...imported];
}

test(
  `${ROUNDS} changes of models: refused in one sentence, or answered; never worse`,
  { timeout: 300_000 },
  async () => {
    const models = await someModels();
    const random = seededRandom(11);
    let [refused, answered] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const model = changed(models[round % models.length]!, random);
      try {
        const live = createLiveModel(model, { addon, extraFields: 'ignore' });
        answered += answerAll(live);
        live.close();
      } catch (error) {
        expect(error, `round ${round}: ${String((error as Error).stack)}`).toMatchObject({
          name: 'ThicketError',
          code: 'MODEL_REFUSED',
        });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 5);
    expect(answered).toBeGreaterThan(ROUNDS / 5);
    expect(addon.liveForests()).toBe(0);
  },
);
