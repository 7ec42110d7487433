import { refuse } from '../refuse.ts';
import type { Model } from '../../model/model.ts';
import { PickleObject, type PickleValue, kindOf } from '../pickle/values.ts';
import { PipelineBuilder, VALUES_MAX } from './builder.ts';
import { Estimator } from './estimator.ts';
import { type PredictorImporter, importForest, importTree } from './forest.ts';
import {
  type PipelineStep,
  describeKind,
  importSteps,
  isLibrary,
  isPassthrough,
  stepContext,
  stepsOf,
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
  if (!(value instanceof PickleObject)) refuse(`the file holds ${kindOf(value)}, not a model`);
  const { steps, last } = unwrap(value);
  const model = new Estimator(last.value, last.place);
  const run = predictorOf(model);
  const version = parseVersion(model);
  const shape = fieldShape([...steps, last]);
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

/** The steps before the model, and the model. */
function unwrap(value: PickleObject): { steps: PipelineStep[]; last: PipelineStep } {
  const { type } = value;
  const isPipeline =
    (isLibrary(type, 'sklearn') && type.name === 'Pipeline') ||
    (isLibrary(type, 'sklearn2pmml') && type.name === 'PMMLPipeline');
  if (!isPipeline) return { steps: [], last: { value, place: type.name } };
  const steps = stepsOf(new Estimator(value, type.name));
  const last = steps.pop();
  if (last === undefined || isPassthrough(last.value)) {
    refuse(`the ${type.name} does not end in a model`);
  }
  return { steps, last };
}

function predictorOf(model: Estimator): PredictorImporter {
  const { type } = model.object;
  if (isLibrary(type, 'sklearn') && Object.hasOwn(PREDICTORS, type.name)) {
    return PREDICTORS[type.name]!;
  }
  const where = model.place === type.name ? 'the file holds' : `${model.place} is`;
  const advice = Object.hasOwn(ADVICE, type.name)
    ? ADVICE[type.name]!
    : `the models that are understood are ${Object.keys(PREDICTORS).join(', ')}`;
  refuse(`${where} a ${type.path}, which is not a model that is understood: ${advice}`);
}

/** How many columns the first step was trained on, and their names where it saw any. */
function fieldShape(steps: readonly PipelineStep[]): { count: number; names: string[] | null } {
  const first = firstFitted(steps);
  const count = first.count('n_features_in_', VALUES_MAX);
  if (!first.has('feature_names_in_')) return { count, names: null };
  const names = first.items('feature_names_in_').map((name) => {
    if (typeof name === 'string') return name;
    return first.refuse('has a column whose name is not a text');
  });
  if (names.length !== count) first.refuse(`names ${names.length} of ${count} columns`);
  if (new Set(names).size !== count) first.refuse('has two columns of one name');
  return { count, names };
}

/** Pipelines do not say what they were trained on; their first step that does something does. */
function firstFitted(steps: readonly PipelineStep[]): Estimator {
  const values = steps.filter(({ value }) => !isPassthrough(value));
  const [{ value, place }] = values as [PipelineStep, ...PipelineStep[]];
  const first = new Estimator(value, place);
  const isPipeline = isLibrary(first.object.type, 'sklearn') && first.className === 'Pipeline';
  if (!isPipeline) return first;
  const inner = stepsOf(first);
  return firstFitted([...inner, ...values.slice(1)]);
}
