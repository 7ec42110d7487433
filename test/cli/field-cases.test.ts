import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, test, vi } from 'vitest';
import { runCommand } from '../support/command.ts';

// Models and tables as people have them, each with the library's own answer, beside the repository where they are
// there at all: `thicket predict` is right, or it names what it met and the step that leads on.
const CASES = join('..', 'shared', 'cases');
const here = existsSync(CASES);
if (!here) console.warn(`skipped: ${CASES} is not there`);

vi.setConfig({ testTimeout: 60_000 });

/** Cases that are refused: the reason, and the sentence with the file's kind and the way out. */
const REFUSED: Readonly<Record<string, { readonly reason: string; readonly sentence: RegExp }>> = {
  bundle_dict: {
    reason: 'the file does not say how its scaler is used',
    sentence:
      /a model \(model\) and steps beside it that it does not run itself \(scaler: a .*StandardScaler, label_encoder: .*save one Pipeline/,
  },
  ce_ordinal: {
    reason: 'category_encoders waits for an issue of its own',
    sentence:
      /is a category_encoders\.ordinal\.OrdinalEncoder, which is not understood: .*take the encoder of that kind from scikit-learn/,
  },
  lfs_pointer: {
    reason: 'the model is not in the file',
    sentence: /is a pointer of Git LFS: .*git lfs pull/,
  },
  onnx1208_imblearn_rus: {
    reason: 'imbalanced-learn waits for an issue of its own',
    sentence:
      /a imblearn\.pipeline\.Pipeline, .*save a Pipeline of scikit-learn with its other steps/,
  },
  sklearnex_rf: {
    reason: 'the trees are in a form of oneDAL',
    sentence:
      /a sklearnex\.ensemble\._forest\.RandomForestClassifier, a class that is not understood: train the model again without patch_sklearn/,
  },
  subclass_forest: {
    reason: 'the code of the class is not in the file',
    sentence: /a __main__\.MyForest, .*model\.__class__ = RandomForestClassifier/,
  },
  text_tfidf_rf: {
    reason: 'texts wait for an issue of their own',
    sentence: /TfidfVectorizer, which is not understood: turn texts into columns/,
  },
  two_dumps_scaler: {
    reason: 'the file does not say how its scaler is used',
    sentence:
      /a model \(0\) and steps beside it that it does not run itself \(1: a .*StandardScaler\): save one Pipeline/,
  },
  xgb_in_pipeline: {
    reason: 'XGBoost waits for an issue of its own',
    sentence:
      /a xgboost\.sklearn\.XGBClassifier, .*not read yet; nearest to it is a HistGradientBoosting/,
  },
};

type Table = readonly (readonly string[])[];

/** Cells as values: numbers to the last bit, truth values in one spelling. */
function valuesOf(table: Table, columns: readonly string[]): (string | number)[][] {
  const [header, ...rows] = table;
  const positions = columns.map((name) => header!.indexOf(name));
  return rows.map((row) => positions.map((at) => valueOf(row[at]!)));
}

function valueOf(cell: string): string | number {
  if (/^(?:true|false)$/i.test(cell)) return cell.toLowerCase();
  const number = Number(cell);
  return cell === '' || Number.isNaN(number) ? cell : number;
}

const columnsOf = (table: Table, start: RegExp): string[] =>
  table[0]!.filter((name) => start.test(name));

const modelOf = (folder: string): string => {
  const file = readdirSync(folder).find((name) => name.startsWith('model.'));
  return join(folder, file!);
};

describe.skipIf(!here)('predict of', () => {
  const names = here
    ? readdirSync(CASES).filter((name) => existsSync(join(CASES, name, 'make.py')))
    : [];
  const predict = (name: string) => {
    const folder = join(CASES, name);
    return runCommand(['predict', modelOf(folder), '--input', join(folder, 'input.csv')]);
  };

  test.each(names.filter((name) => !Object.hasOwn(REFUSED, name)))(
    '%s is what the library answers, to the last bit',
    async (name) => {
      const { code, stdout, stderr } = await predict(name);
      expect(code, stderr).toBe(0);
      const [seen, expected] = [
        stdout,
        readFileSync(join(CASES, name, 'expected.csv'), 'utf8'),
      ].map((text) => parse(text) as Table);
      for (const [ours, theirs] of [
        [/^prediction/, /^prediction/],
        [/^probability/, /^proba_/],
      ] as const) {
        expect(valuesOf(seen!, columnsOf(seen!, ours))).toStrictEqual(
          valuesOf(expected!, columnsOf(expected!, theirs)),
        );
      }
    },
  );

  test.each(
    Object.entries(REFUSED)
      .filter(([name]) => names.includes(name))
      .map(([name, { reason, sentence }]) => [name, reason, sentence] as const),
  )('%s is refused with the way out, because %s', async (name, _, sentence) => {
    const { code, stdout, stderr } = await predict(name);
    expect(stderr).toMatch(sentence);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});
