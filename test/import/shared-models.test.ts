import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { importModel, loadModel } from '../../src/import/load-model.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import type { Model } from '../../src/model/model.ts';
import { type Value, answerByRow } from '../model/by-row.ts';

// Models of strangers, beside the repository where they are there at all; none is copied into it.
const SHARED = join('..', 'shared', 'models', 'sklearn');
const here = existsSync(SHARED);
if (!here) console.warn(`skipped: ${SHARED} is not there`);

async function refusal(path: string): Promise<string> {
  const error: unknown = await importModel(join(SHARED, path)).catch((reason: unknown) => reason);
  if (error instanceof ThicketError && error.code === 'MODEL_REFUSED') return error.message;
  throw error instanceof Error ? error : new Error(`${path} was taken`);
}

/** Rows of a plain CSV by the model's fields; texts stay texts where the field is one. */
function rowsOf(csv: string, model: Model): Value[][] {
  const [header, ...lines] = readFileSync(join(SHARED, csv), 'utf8').trim().split(/\r?\n/);
  const names = header!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return model.fields.map(({ name, type }) => {
      const cell = cells[names.indexOf(name)]!;
      return type === 'number' ? (cell === '' ? null : Number(cell)) : cell;
    });
  });
}

describe.skipIf(!here)('models of libraries that are not read yet', () => {
  test.each([
    ['xgboost/BinomialClassificationAudit.json', 'an XGBoost model in JSON'],
    ['xgboost/BinomialClassificationAudit.ubj', 'an XGBoost model in UBJSON'],
    ['xgboost/by_version/3.0.5/LinearRegressionAutoNA.ubj', 'an XGBoost model in UBJSON'],
    [
      'xgboost/by_version/1.5.2/MultinomialClassificationIris.model',
      "an XGBoost model in XGBoost's old binary format",
    ],
    ['lightgbm/ClassificationAuditNA.txt', 'a LightGBM text model'],
    ['lightgbm/leaves/lgmulticlass.model', 'a LightGBM text model'],
    ['onnx/treebeard_abalone/abalone_onnx_model_save.onnx', 'an ONNX model'],
    ['onnx/onnx-node-tests/test_ai_onnx_ml_binarizer/model.onnx', 'an ONNX model'],
  ])('%s is %s', async (path, name) => {
    expect(await refusal(join('..', path))).toContain(`The file is ${name}: it is not read yet`);
  });
});

describe.skipIf(!here)('models of strangers', () => {
  test.each([
    ['drug_AkshayPatilDev/random_forest_model.pkl', '1.6.0', 'RandomForestClassifier', 5, 100],
    ['loan_NPAPENBURG/pipeline.joblib', '1.0.1', 'RandomForestClassifier', 8, 75],
    [
      'mlflow_heart_alphyelsa',
      '1.9.0',
      'Pipeline(ColumnTransformer, RandomForestClassifier)',
      13,
      100,
    ],
  ])('%s is taken', async (path, version, kind, fields, trees) => {
    const model = await importModel(join(SHARED, path));
    expect(model.metadata.sourceVersion).toBe(version);
    expect(model.metadata.sourceKind).toBe(kind);
    expect(model.fields).toHaveLength(fields);
    expect(model.ensembles[0]!.roots).toHaveLength(trees);
  });

  test('the model beside its transformer is taken where it is asked for', async () => {
    const path = join(SHARED, 'superstore_ALAA', 'clf_model.joblib');
    const { metadata } = await importModel(path, { key: '0' });
    expect(metadata.sourceKind).toMatch(/Classifier at \[0\]$/);
  });

  test('the heart model knows most of the table that it was trained on', async () => {
    const model = await importModel(join(SHARED, 'mlflow_heart_alphyelsa'));
    const path = 'mlflow_heart_alphyelsa/heart.csv';
    const rows = rowsOf(path, model);
    const target = { ...model, fields: [{ name: 'target', type: 'number' as const }] };
    const truth = rowsOf(path, target).map(([value]) => value);
    const right = rows.filter((row, at) => answerByRow(model, row).predictions[0] === truth[at]);
    expect(right.length / rows.length).toBeGreaterThan(0.9);
  });

  test.each(['1.2.2', '1.5.1'])(
    'the irises of JPMML with scikit-learn %s get the answers that are stored beside them',
    async (version) => {
      const model = await loadModel(join(SHARED, 'jpmml', version, 'RandomForestIris.pkl'));
      const stored = join(SHARED, 'jpmml', version, 'RandomForestIris.expected.csv');
      const [header, ...lines] = readFileSync(stored, 'utf8').trim().split(/\r?\n/);
      expect(header).toBe(
        'Species,probability(setosa),probability(versicolor),probability(virginica)',
      );
      const rows = rowsOf('jpmml/input_csv/Iris.csv', model);
      expect(rows).toHaveLength(lines.length);
      const live = createLiveModel(model, { addon: loadAddon(), extraFields: 'ignore' });
      const valid = rows.map((row) => live.validateList(row));
      for (const [at, answer] of live.answer(valid).entries()) {
        const { predictions, probabilities } = answer!;
        const [species, ...shares] = lines[at]!.split(',');
        expect(predictions[0]).toBe(species);
        // The averages of ten trees, added in another order by JPMML.
        shares.forEach((share, label) => {
          expect(probabilities![0]![label]).toBeCloseTo(Number(share), 12);
        });
      }
      live.close();
    },
  );

  test('a domain of sklearn2pmml is a range of the field, outside of which the library raises', async () => {
    const { fields } = await importModel(join(SHARED, 'jpmml', '1.5.1', 'RandomForestIris.pkl'));
    expect(fields[0]).toEqual({
      name: 'Sepal.Length',
      type: 'number',
      minimum: 4.3,
      maximum: 7.9,
    });
  });

  test.each([
    [
      'drug_AkshayPatilDev/scaler.pkl',
      'The file holds a sklearn.preprocessing._data.StandardScaler',
    ],
    [
      'drug_AkshayPatilDev/label_encoders.pkl',
      'The file holds a dictionary that has no model in it (Sex: a sklearn.preprocessing._label.LabelEncoder',
    ],
    [
      'superstore_ALAA/clf_model.joblib',
      'The file holds a model (0) and steps beside it that it does not run itself (1: a sklearn.compose._column_transformer.ColumnTransformer): save one Pipeline of all of them, or say --key 0',
    ],
    ...['1.2.2', '1.5.1'].flatMap((version) => [
      [
        `jpmml/${version}/RandomForestAudit.pkl`,
        'PMMLPipeline.steps[0].transformer_list[1].steps[0].features[0].steps[1] is a sklearn2pmml.preprocessing.SubstringTransformer, which is not understood',
      ],
      [
        `jpmml/${version}/RandomForestAuto.pkl`,
        'PMMLPipeline.steps[1] is a sklearn2pmml.feature_selection.SelectUnique, which is not understood',
      ],
    ]),
  ])('%s is refused with the right reason', async (path, start) => {
    expect((await refusal(path)).startsWith(start), await refusal(path)).toBe(true);
  });
});
