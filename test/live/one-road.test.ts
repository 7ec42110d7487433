import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { MicroBatcher } from '../../src/batch/micro-batcher.ts';
import type { Addon } from '../../src/forest/addon.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { loadModel } from '../../src/import/load-model.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import type { Answer } from '../../src/model/plan/head.ts';
import type { Encoder } from '../../src/schema/encode.ts';
import { agree, expectedAnswer } from '../support/agreement.ts';
import { modelPath, rowFor, sklearnFixtures } from '../support/sklearn-fixtures.ts';
import { stackAnswer, tinyStack } from '../support/tiny-model.ts';

const counts = vi.hoisted(() => ({ encoded: 0 }));
vi.mock(import('../../src/schema/encode.ts'), async (importOriginal) => {
  const original = await importOriginal();
  const compileEncoder: typeof original.compileEncoder = (slots) => {
    const encode: Encoder = original.compileEncoder(slots);
    return (...call) => {
      counts.encoded++;
      encode(...call);
    };
  };
  return { ...original, compileEncoder };
});

const REQUESTS = 64;

/** The real addon; `calls` lists the rows of every call that scores, by forest. */
function countedAddon(): { addon: Addon; calls: Map<number, number[]> } {
  const calls = new Map<number, number[]>();
  const addon = loadAddon();
  const scoreRows: Addon['scoreRows'] = (handle, rows, ...rest) => {
    calls.set(handle, [...(calls.get(handle) ?? []), rows]);
    addon.scoreRows(handle, rows, ...rest);
  };
  return { addon: { ...addon, scoreRows }, calls };
}

const STACKS = [
  { name: 'voting/stacking-forests', forests: 3, what: 'a forest in the head' },
  { name: 'voting/stacking-binary-passthrough', forests: 3, what: 'a head that reads the row' },
  { name: 'targets/calibrated-voting-stack', forests: 8, what: 'several forests in the head' },
  { name: 'voting/stacking-logistic', forests: 1, what: 'computed features in a head' },
  { name: 'voting/stacking-regressor', forests: 1, what: 'computed features that are checked' },
];

describe(`${REQUESTS} requests of one turn`, () => {
  test.each(STACKS)('$name ($what): one call a forest, each row encoded once', async (stack) => {
    const fixture = sklearnFixtures().find(({ file }) => file === `${stack.name}/1.9.1.joblib`)!;
    const model = await loadModel(modelPath(fixture));
    const { addon, calls } = countedAddon();
    const live = createLiveModel(model, { addon, extraFields: 'ignore' });
    const batcher = new MicroBatcher({ model: live, pool: null, observe: () => {} });
    calls.clear();
    counts.encoded = 0;
    const asked = Array.from({ length: REQUESTS }, (_, at) => at % fixture.inputs.length);
    const answers = await Promise.all(
      asked.map(async (row): Promise<Answer | null> => {
        const values = rowFor(fixture, model, fixture.inputs[row]!);
        const [answer] = await batcher.answer([live.validateList(values)]);
        return answer!;
      }),
    );
    expect([...calls.values()]).toEqual(Array.from({ length: stack.forests }, () => [REQUESTS]));
    expect(counts.encoded).toBe(REQUESTS);
    for (const [at, row] of asked.entries()) {
      const expected = expectedAnswer(fixture, row);
      expect(agree(answers[at]!, expected, fixture.tolerance), `row ${row}`).toBe(true);
    }
    live.close();
  });
});

test('a batch larger than any block of the head still asks its forest once', async () => {
  const { addon, calls } = countedAddon();
  const live = createLiveModel(tinyStack(), { addon, extraFields: 'ignore' });
  const batcher = new MicroBatcher({ model: live, pool: null, observe: () => {} });
  calls.clear();
  const row = { sales: 250, quantity: 1, segment: 'Corporate' };
  const answers = await batcher.answer(Array.from({ length: 10_000 }, () => live.validate(row)));
  expect([...calls.values()]).toEqual([[10_000], [10_000], [10_000]]);
  expect(new Set(answers.map((answer) => answer?.predictions[0]))).toEqual(
    new Set([stackAnswer(row)]),
  );
  live.close();
});

test('one file calls the native scoring, and all others go by it', () => {
  const calls = /\b(?:scoreRows|scoreRowsByThreads|scoreReference|timeRows)\b/;
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('forest/'),
  );
  expect(files.filter((file) => calls.test(readFileSync(join('src', file), 'utf8')))).toEqual([
    'model/plan/scorers.ts',
  ]);
});
