import { refuse } from '../refuse.ts';
import { PickleObject, kindOf } from '../pickle/values.ts';
import { importForest, importTree } from './forest.ts';
import { type PipelineStep, isLibrary } from './pipeline.ts';
import type { PredictorImporter } from './step.ts';

/** Every model that is understood. A new one is a file beside this and a line here. */
export const PREDICTORS: Readonly<Record<string, PredictorImporter>> = {
  DecisionTreeClassifier: importTree,
  DecisionTreeRegressor: importTree,
  ExtraTreeClassifier: importTree,
  ExtraTreeRegressor: importTree,
  ExtraTreesClassifier: importForest,
  ExtraTreesRegressor: importForest,
  RandomForestClassifier: importForest,
  RandomForestRegressor: importForest,
};

export function predictorImporterOf({ value, place }: PipelineStep): PredictorImporter {
  if (!(value instanceof PickleObject)) refuse(`${place} is ${kindOf(value)}, not a model`);
  const { type } = value;
  if (isLibrary(type, 'sklearn') && Object.hasOwn(PREDICTORS, type.name)) {
    return PREDICTORS[type.name]!;
  }
  const where = place === type.name ? 'The file holds' : `${place} is`;
  const known = Object.keys(PREDICTORS).join(', ');
  refuse(
    `${where} a ${type.path}, which is not a model that is understood: the models that are understood are ${known}`,
  );
}
