import { refuse } from '../../model/refuse.ts';
import { PickleObject, type PickleValue } from '../python/pickle/values.ts';
import type { PipelineBuilder } from '../build/pipeline-builder.ts';
import { Estimator } from './read/estimator.ts';
import { STEPS_MAX, flatSteps, importSteps, importerOf } from './pipeline.ts';
import { predictorImporterOf } from './predictors.ts';
import type { Block, Predictor } from '../build/predictor.ts';
import type { StepContext } from './read/step.ts';
import type { Version } from './read/version.ts';

/** Steps inside of steps. People nest two or three; an object that contains itself has no end. */
export const STEP_DEPTH_MAX = 32;

/** Runs the importers of steps and models, and counts so that no file keeps them running. */
export function stepContext(
  builder: PipelineBuilder,
  version: Version,
  { others = [], logitForm }: Partial<Pick<StepContext, 'others' | 'logitForm'>> = {},
): StepContext {
  let depth = 0;
  let count = 0;
  const inside = <T>(place: string, input: Block, run: () => T): T => {
    count += 1;
    if (depth === STEP_DEPTH_MAX || count > STEPS_MAX) {
      refuse(`The pipeline has too many steps inside of steps at ${place}`);
    }
    builder.handOver(input.values.length);
    depth += 1;
    const result = run();
    depth -= 1;
    return result;
  };
  const models = new SharedModels();
  const context: StepContext = {
    builder,
    version,
    others,
    logitForm,
    step: (value, place, input) =>
      inside(place, input, () => {
        const step = new Estimator(value, place);
        const run = importerOf(step);
        checkColumns(step, input);
        return run(step, input, context);
      }),
    predictor: (value, place, input) =>
      inside(place, input, () =>
        models.once(value, place, input, () => importModelAt(value, place, input, context)),
      ),
  };
  return context;
}

/**
 * Models that stand at several places of one file: folds of a calibration share an estimator that is
 * frozen. Each is imported once, or two bytes of a file would be enough for one more forest.
 */
class SharedModels {
  readonly #known = new Map<PickleValue, { input: Block; predictor: Predictor }>();

  once(
    value: PickleValue | undefined,
    place: string,
    input: Block,
    run: () => Predictor,
  ): Predictor {
    const known = this.#known.get(value ?? null);
    if (known === undefined) {
      const predictor = run();
      if (value instanceof PickleObject) this.#known.set(value, { input, predictor });
      return predictor;
    }
    const { values } = known.input;
    if (input.values.length !== values.length || input.values.some((of, at) => of !== values[at])) {
      refuse(`${place} is a model that also stands at another place, where it gets other columns`);
    }
    return known.predictor;
  }
}

/** A model, alone or at the end of a Pipeline. What is not understood is said before anything is made. */
function importModelAt(
  value: PickleValue | undefined,
  place: string,
  input: Block,
  context: StepContext,
): Predictor {
  const steps = flatSteps({ value: value ?? null, place });
  const last = steps.pop();
  if (last === undefined) refuse(`The ${place} has no steps`);
  for (const step of steps) importerOf(new Estimator(step.value, step.place));
  const run = predictorImporterOf(last, context.others);
  const block = importSteps(steps, input, context);
  const model = new Estimator(last.value, last.place);
  checkColumns(model, block);
  return run(model, block, context);
}

/** Every estimator since 0.24 says how many columns it was trained on. */
function checkColumns(step: Estimator, { values }: Block): void {
  if (step.has('n_features_in_') && step.get('n_features_in_') !== values.length) {
    step.refuse(`was trained on another number of columns than the ${values.length} it gets`);
  }
}
