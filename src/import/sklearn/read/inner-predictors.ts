import type { Category } from '../../../schema/fields.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { type PickleValue, kindOf } from '../../python/pickle/values.ts';
import type { Estimator } from './estimator.ts';
import type { Block, Predictor } from '../../build/predictor.ts';
import type { StepContext } from './step.ts';

/** The fitted estimators of a list, each imported in its place. */
export function innerPredictors(
  model: Estimator,
  name: string,
  input: Block,
  context: StepContext,
): Predictor[] {
  const list = model.list(name);
  if (list.length === 0) model.refuse(`has no estimators in its ${name}`);
  return list.map((value, at) => context.predictor(value, `${model.place}.${name}[${at}]`, input));
}

/** A predictor that answers with one class. */
export interface Classifier extends Predictor {
  readonly labels: readonly (readonly Category[])[];
}

export function asClassifier(inner: Predictor, who: string, model: Estimator): Classifier {
  const { labels } = inner;
  if (labels?.length !== 1) model.refuse(`has ${who} that is no classifier of one output`);
  return { ...inner, labels };
}

/** The probabilities of a classifier with one output; `why` it must know them. */
export function probabilitiesOf(
  inner: Predictor,
  why: string,
  model: Estimator,
): readonly number[] {
  const outputs = inner.probabilities?.();
  if (outputs?.length !== 1) model.refuse(`${why} an estimator that knows no probabilities`);
  return outputs[0]!;
}

/** The one number that an estimator answers. */
export function oneAnswerOf(inner: Predictor, model: Estimator): number {
  const answers = inner.predict();
  if (answers.length !== 1) model.refuse('has an estimator with several outputs inside');
  return answers[0]!;
}

/**
 * A classifier's `predict` for later arithmetic: the label as a number, where the Predictor answers with its
 * position.
 */
export function labelNumber(inner: Classifier, { builder }: StepContext, model: Estimator): number {
  const position = oneAnswerOf(inner, model);
  const labels = inner.labels[0]!;
  if (labels.every((label, at) => label === at)) return position;
  if (labels.some((label) => typeof label === 'string')) {
    model.refuse('calculates with class labels that are texts');
  }
  const numbers = Float64Array.from(labels, Number);
  const categories = [labels.map((_, at) => at)];
  const others = Float64Array.of(Number.NaN);
  return builder.lookup(
    { inputs: [position], categories, numbers, unknown: 'others', others },
    model.place,
  )[0]!;
}

/** As many finite numbers as expected, from a list or an array. */
export function numberList(
  value: PickleValue,
  what: string,
  expected: number,
  model: Estimator,
): readonly number[] {
  const items = value instanceof NumpyArray ? Array.from(numbersOf(value)) : value;
  if (!Array.isArray(items)) model.refuse(`has ${kindOf(value)} for its ${what}`);
  if (items.length !== expected) {
    model.refuse(`has ${items.length} ${what} where ${expected} are expected`);
  }
  return items.map((item) =>
    typeof item === 'number' && Number.isFinite(item)
      ? item
      : model.refuse(`has ${what} that are not finite numbers`),
  );
}
