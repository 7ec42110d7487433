import type { Category } from '../../../schema/fields.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { itemsOf, numbersOf } from '../../python/pickle/elements.ts';
import type { PickleValue } from '../../python/pickle/values.ts';
import { constants } from '../../build/arithmetic.ts';
import type { Estimator } from '../read/estimator.ts';
import { OUTPUTS_MAX, labelsOf } from '../read/labels.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** sklearn/dummy.py: `constant_`, found by any strategy, is the answer to every row. */
export function importDummyRegressor(
  model: Estimator,
  _input: Block,
  { builder }: StepContext,
): Predictor {
  const outputs = model.count('n_outputs_', OUTPUTS_MAX);
  const answers = model.numbers('constant_', outputs);
  if (outputs === 0 || !answers.every(Number.isFinite)) model.refuse('answers no finite number');
  return {
    labels: null,
    predict: once(() => constants([...answers], builder, model.place)),
    probabilities: null,
    scores: {},
  };
}

/** The classifier's strategies without chance: the most frequent class, its share, or a class by name. */
export function importDummyClassifier(
  model: Estimator,
  _input: Block,
  { builder }: StepContext,
): Predictor {
  const outputs = model.count('n_outputs_', OUTPUTS_MAX);
  const strategy = model.get('_strategy') ?? model.get('strategy');
  const labels = labelsOf(model, outputs);
  const answers = labels.map((list, output) => answerOf(list, output, outputs, strategy, model));
  return {
    labels,
    predict: once(() =>
      constants(
        answers.map(({ choice }) => choice),
        builder,
        model.place,
      ),
    ),
    probabilities: once(() => answers.map(({ shares }) => constants(shares, builder, model.place))),
    scores: {},
  };
}

interface ConstantAnswer {
  readonly choice: number;
  readonly shares: readonly number[];
}

function answerOf(
  labels: readonly Category[],
  output: number,
  outputs: number,
  strategy: PickleValue,
  model: Estimator,
): ConstantAnswer {
  const certain = (choice: number): ConstantAnswer => ({
    choice,
    shares: labels.map((_, at) => Number(at === choice)),
  });
  if (strategy === 'constant') {
    const choice = labels.indexOf(constantOf(output, model) as Category);
    if (choice < 0) model.refuse('answers a constant that is none of its classes');
    return certain(choice);
  }
  if (strategy !== 'prior' && strategy !== 'most_frequent') {
    model.refuse('answers by chance, which no two calls repeat: choose the strategy "prior"');
  }
  const shares = priorsOf(output, outputs, labels.length, model);
  const choice = shares.indexOf(Math.max(...shares));
  return strategy === 'prior' ? { choice, shares } : certain(choice);
}

function priorsOf(output: number, outputs: number, classes: number, model: Estimator): number[] {
  const value = model.get('class_prior_');
  const list = outputs === 1 ? value : Array.isArray(value) ? value[output] : null;
  if (!(list instanceof NumpyArray) || list.count !== classes || classes === 0) {
    model.refuse(`has no share for each of its ${classes} classes`);
  }
  const shares = Array.from(numbersOf(list));
  if (!shares.every(Number.isFinite)) model.refuse('has shares that are not finite');
  return shares;
}

/** As given: a label, or a list or array of one for each output. */
function constantOf(output: number, model: Estimator): PickleValue {
  const value = model.get('constant');
  const list = value instanceof NumpyArray ? itemsOf(value) : value;
  return Array.isArray(list) ? (list[output] ?? null) : value;
}
