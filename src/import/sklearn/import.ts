import { refuse } from '../refuse.ts';
import type { Model } from '../../model/model.ts';
import { PickleObject, type PickleValue, kindOf } from '../python/pickle/values.ts';
import { PipelineBuilder } from '../build/pipeline-builder.ts';
import { stepContext } from './context.ts';
import { Estimator } from './read/estimator.ts';
import { fieldShape } from './field-shape.ts';
import { describeKind, flatSteps, importerOf } from './pipeline.ts';
import { predictorImporterOf } from './predictors.ts';
import { answerOf } from '../build/predictor.ts';
import { unwrapModel } from './unwrap.ts';
import { parseVersion } from './read/version.ts';

/** What of a model the file itself knows. */
export type ImportedModel = Pick<Model, 'fields' | 'stages' | 'ensembles' | 'answer'> & {
  readonly sourceVersion: string;
  readonly sourceKind: string;
};

/** Translates a fitted scikit-learn model, alone or at the end of a Pipeline; `key` chooses among several. */
export function importSklearn(root: PickleValue, key?: string): ImportedModel {
  const { value, place } = unwrapModel(root, key);
  if (!(value instanceof PickleObject)) refuse(`${place} is ${kindOf(value)}, not a model`);
  const steps = flatSteps({ value, place });
  const last = steps.at(-1);
  if (last === undefined) refuse(`The ${place} has no steps`);
  // What is not understood is said before what it lacks.
  for (const step of steps.slice(0, -1)) importerOf(new Estimator(step.value, step.place));
  predictorImporterOf(last);
  const version = parseVersion(new Estimator(last.value, last.place));
  const shape = fieldShape(steps);
  const builder = new PipelineBuilder(shape.count, shape.names);
  const fields = { values: builder.fieldValues, sparse: false };
  const predictor = stepContext(builder, version).predictor(value, place, fields);
  return {
    ...builder.finish(answerOf(predictor)),
    sourceVersion: version.text,
    sourceKind:
      place === value.type.name ? describeKind(value) : `${describeKind(value)} at ${place}`,
  };
}
