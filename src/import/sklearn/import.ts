import { refuse } from '../../model/refuse.ts';
import type { LogitStage } from '../../model/stages.ts';
import { PickleObject, type PickleValue, kindOf } from '../python/pickle/values.ts';
import type { PickledModels } from '../python/pickled-models.ts';
import type { ImportedModel } from '../build/imported-model.ts';
import { PipelineBuilder } from '../build/pipeline-builder.ts';
import { stepContext } from './context.ts';
import { Estimator } from './read/estimator.ts';
import { fieldShape } from './field-shape.ts';
import { describeKind, flatSteps, importerOf, isLibrary } from './pipeline.ts';
import { predictorImporterOf } from './predictors.ts';
import { answerOf } from '../build/predictor.ts';
import { unwrapModel } from './unwrap/unwrap.ts';
import { parseVersion } from './read/version.ts';

export interface SklearnOptions {
  /** Chooses among several models. */
  readonly key?: string | undefined;
  readonly keepsCovers?: boolean;
  /** Libraries whose models may stand inside of scikit-learn's. */
  readonly others?: readonly PickledModels[];
  /** For a scipy that is not of the time of the file's scikit-learn. */
  readonly logitForm?: LogitStage['form'] | undefined;
}

/** Translates a fitted scikit-learn model, alone or at the end of a Pipeline. */
export function importSklearn(
  root: PickleValue,
  { key, keepsCovers = false, others = [], logitForm }: SklearnOptions = {},
): ImportedModel {
  const { value, place } = unwrapModel(root, key);
  if (!(value instanceof PickleObject)) refuse(`${place} is ${kindOf(value)}, not a model`);
  const steps = flatSteps({ value, place });
  const last = steps.at(-1);
  if (last === undefined) refuse(`The ${place} has no steps`);
  // A class that is not understood is reported before attributes that are missing.
  for (const step of steps.slice(0, -1)) importerOf(new Estimator(step.value, step.place));
  predictorImporterOf(last, others);
  const own = steps.findLast((step) => isOwn(step.value)) ?? last;
  const version = parseVersion(new Estimator(own.value, own.place));
  const shape = fieldShape(steps);
  const builder = new PipelineBuilder(shape.count, shape.names, keepsCovers);
  const fields = { values: builder.fieldValues, sparse: false };
  const predictor = stepContext(builder, version, { others, logitForm }).predictor(
    value,
    place,
    fields,
  );
  return {
    ...builder.finish(answerOf(predictor)),
    sourceLibrary: 'scikit-learn',
    sourceVersion: version.text,
    sourceKind:
      place === value.type.name ? describeKind(value) : `${describeKind(value)} at ${place}`,
  };
}

/** True where scikit-learn itself wrote it, with its version. */
function isOwn(value: PickleValue): boolean {
  return value instanceof PickleObject && isLibrary(value.type, 'sklearn');
}
