import type { Estimator } from '../read/estimator.ts';
import {
  asClassifier,
  innerPredictors,
  labelNumber,
  oneAnswerOf,
  probabilitiesOf,
} from '../read/inner-predictors.ts';
import { oneListOfLabels } from '../read/labels.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** Stacking (sklearn/ensemble/_stacking.py): the last estimator is trained on what the first ones say. */
export function importStackingRegressor(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const final = once(() => finalPredictor(model, input, 0, context));
  if (final().labels !== null) model.refuse('ends in a classifier');
  return final();
}

/** The last estimator was trained on the positions of the classes. */
export function importStackingClassifier(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const labels = oneListOfLabels(model);
  const final = asClassifier(
    finalPredictor(model, input, labels.length, context),
    'a final estimator',
    model,
  );
  const own = final.labels[0]!.map((position) => {
    const label = typeof position === 'number' ? labels[position] : undefined;
    return (
      label ?? model.refuse('ends in a classifier whose labels are not positions of its classes')
    );
  });
  return { ...final, labels: [own] };
}

function finalPredictor(
  model: Estimator,
  input: Block,
  classes: number,
  context: StepContext,
): Predictor {
  const methods = model.list('stack_method_');
  const stacked = innerPredictors(model, 'estimators_', input, context);
  if (methods.length !== stacked.length) {
    model.refuse(`has ${methods.length} methods for ${stacked.length} estimators`);
  }
  const values = stacked.flatMap((inner, at) => {
    const answers = answersOf(inner, methods[at], classes, model, context);
    context.builder.handOver(answers.length);
    return answers;
  });
  const passes = model.flag('passthrough', false);
  const block: Block = {
    values: passes ? [...values, ...input.values] : values,
    sparse: passes && input.sparse,
  };
  return context.predictor(model.get('final_estimator_'), `${model.place}.final_estimator_`, block);
}

/** The columns that one estimator gives the last one; of two classes the first is left out. */
function answersOf(
  inner: Predictor,
  method: unknown,
  classes: number,
  model: Estimator,
  context: StepContext,
): readonly number[] {
  if (method === 'predict') {
    return inner.labels === null
      ? [oneAnswerOf(inner, model)]
      : [labelNumber(asClassifier(inner, 'an estimator', model), context, model)];
  }
  if (method === 'predict_proba') {
    const values = probabilitiesOf(inner, 'stacks', model);
    return classes === 2 ? values.slice(1) : values;
  }
  const scores = method === 'decision_function' ? inner.scores['decision_function'] : undefined;
  return scores?.() ?? model.refuse('stacks an answer that its estimator does not know');
}
