import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadAddon } from '../../src/forest/load.ts';
import { type ImportOptions, importModel } from '../../src/import/load-model.ts';
import { compileListValidator } from '../../src/schema/validate.ts';
import { answerRows } from '../../src/model/plan/answering.ts';
import { answerOf } from '../../src/model/plan/head.ts';
import { compilePlan } from '../../src/model/plan/plan.ts';
import { referenceScorer } from '../../src/model/plan/scorers.ts';

// scikit-learn's own decision_function at shares of 0.3 to 0.65 (fixtures/make-starts.py): the start of
// boosting is scipy's logit there, which 1.15 computes in another form than 1.14.
const FOLDER = join('test', 'import', 'fixtures', 'starts');
const addon = loadAddon();

interface Answers {
  readonly rows: readonly (readonly number[])[];
  readonly models: readonly { readonly name: string; readonly decision_function: number[] }[];
}

async function scoresOf(
  file: string,
  { rows, models }: Answers,
  logitForm?: ImportOptions['logitForm'],
): Promise<readonly (readonly number[])[]> {
  return Promise.all(
    models.map(async (_, at) => {
      const model = await importModel(join(FOLDER, file), { key: String(at), logitForm });
      const plan = compilePlan(model);
      const validate = compileListValidator(plan.rows);
      const raw = new Float64Array(rows.length * plan.rawWidth);
      const rowAt = (row: number) => validate(rows[row]!);
      const outputs = answerRows(plan, referenceScorer(addon, plan), rows.length, rowAt, raw);
      return rows.map((__, row) => {
        const { scores } = answerOf(plan.head.shape, outputs, row)!;
        return scores!['decision_function']![0]!;
      });
    }),
  );
}

const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));

describe.each(files)('scikit-learn %s, its contemporary', (name) => {
  const answers = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Answers;
  const expected = answers.models.map((model) => model.decision_function);
  const isOld = /^1\.[45]\./.test(name);

  test('every raw score is the library’s to the last bit', async () => {
    expect(await scoresOf(`${name}.pkl.gz`, answers)).toStrictEqual(expected);
  });

  test('the form of the other scipy is told apart, and can be asked for', async () => {
    const [own, other] = isOld
      ? (['quotient', 'central'] as const)
      : (['central', 'quotient'] as const);
    expect(await scoresOf(`${name}.pkl.gz`, answers, own)).toStrictEqual(expected);
    const scores = await scoresOf(`${name}.pkl.gz`, answers, other);
    expect(scores).not.toStrictEqual(expected);
    scores.flat().forEach((score, at) => expect(score).toBeCloseTo(expected.flat()[at]!, 14));
  });
});

test('there are files of both forms', () => {
  expect(files.map((name) => name.slice(0, 3)).toSorted()).toEqual(['1.4', '1.5', '1.6', '1.7']);
});
