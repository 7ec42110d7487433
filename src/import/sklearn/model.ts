import { refuse } from '../refuse.ts';
import type { Model } from '../../model/model.ts';
import { PickleObject, type PickleValue, kindOf } from '../pickle/values.ts';
import { PipelineBuilder, VALUES_MAX } from './builder.ts';
import { Estimator } from './estimator.ts';
import { type PredictorImporter, importForest, importTree } from './forest.ts';
import {
  type PipelineStep,
  describeKind,
  flatSteps,
  importSteps,
  importerOf,
  isLibrary,
  stepContext,
} from './pipeline.ts';
import { parseVersion } from './version.ts';

/** Every model that is understood. A new one is a file beside this and a line here. */
const PREDICTORS: Readonly<Record<string, PredictorImporter>> = {
  DecisionTreeClassifier: importTree,
  DecisionTreeRegressor: importTree,
  ExtraTreeClassifier: importTree,
  ExtraTreeRegressor: importTree,
  ExtraTreesClassifier: importForest,
  ExtraTreesRegressor: importForest,
  RandomForestClassifier: importForest,
  RandomForestRegressor: importForest,
};

/** What a person may try where the class itself is not understood. */
const ADVICE: Readonly<Record<string, string>> = {
  GridSearchCV: 'save its best_estimator_ instead',
  RandomizedSearchCV: 'save its best_estimator_ instead',
  HalvingGridSearchCV: 'save its best_estimator_ instead',
  CalibratedClassifierCV: 'save the forest inside of it, without calibration',
  DataFrameMapper: 'use a ColumnTransformer',
};

/** What of a model the file itself knows. */
export type ImportedModel = Pick<Model, 'fields' | 'pipeline' | 'ensembles' | 'head'> & {
  readonly sourceVersion: string;
  readonly sourceKind: string;
};

/** Translates a fitted scikit-learn model, alone or at the end of a Pipeline. */
export function importSklearn(value: PickleValue): ImportedModel {
  if (!(value instanceof PickleObject)) refuse(`The file holds ${kindOf(value)}, not a model`);
  const place = value.type.name;
  const steps = flatSteps({ value, place });
  const last = steps.pop();
  if (last === undefined) refuse(`The ${place} has no steps`);
  const estimators = steps.map((step) => new Estimator(step.value, step.place));
  for (const step of estimators) importerOf(step); // What is not understood is said first.
  const run = predictorOf(last);
  const model = new Estimator(last.value, last.place);
  const version = parseVersion(model);
  const shape = fieldShape(estimators[0] ?? model);
  const builder = new PipelineBuilder(shape.count, shape.names);
  const fields = { values: builder.fieldValues, sparse: false };
  const block = importSteps(steps, fields, stepContext(builder, version));
  const features = model.count('n_features_in_', VALUES_MAX);
  if (features !== block.values.length) {
    model.refuse(`was trained on ${features} columns and gets ${block.values.length}`);
  }
  const predictor = run(model, block, version);
  return {
    ...builder.finish(block.values, model.place),
    ...predictor,
    sourceVersion: version.text,
    sourceKind: describeKind(value),
  };
}

function predictorOf({ value, place }: PipelineStep): PredictorImporter {
  if (!(value instanceof PickleObject)) refuse(`${place} is ${kindOf(value)}, not a model`);
  const { type } = value;
  if (isLibrary(type, 'sklearn') && Object.hasOwn(PREDICTORS, type.name)) {
    return PREDICTORS[type.name]!;
  }
  const where = place === type.name ? 'The file holds' : `${place} is`;
  const advice = Object.hasOwn(ADVICE, type.name)
    ? ADVICE[type.name]!
    : `the models that are understood are ${Object.keys(PREDICTORS).join(', ')}`;
  refuse(`${where} a ${type.path}, which is not a model that is understood: ${advice}`);
}

/** How many columns the first step was trained on, and their names where it saw any. */
function fieldShape(first: Estimator): { count: number; names: string[] | null } {
  const count = first.count('n_features_in_', VALUES_MAX);
  if (!first.has('feature_names_in_')) return { count, names: null };
  const names = first.items('feature_names_in_', count).map((name) => {
    if (typeof name === 'string') return name;
    return first.refuse('has a column whose name is not a text');
  });
  if (new Set(names).size !== count) first.refuse('has two columns of one name');
  return { count, names };
}
