import type { Category } from '../../../schema/fields.ts';
import { complement, scaled } from '../../build/arithmetic.ts';
import { type LinearSums, linearSums } from './coefficients.ts';
import { Estimator } from '../read/estimator.ts';
import { oneListOfLabels } from '../read/labels.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * Classifiers that answer by the sign of one sum or the largest of several, and know no probabilities:
 * LinearClassifierMixin of sklearn/linear_model/_base.py (LinearSVC, Perceptron, PassiveAggressive).
 */
export function importLinearClassifier(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  return new LinearClassifier(model, oneListOfLabels(model), input, context).predictor(null);
}

/** RidgeClassifier keeps its labels with the encoder of its targets (sklearn/linear_model/_ridge.py). */
export function importRidgeClassifier(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const binarizer = new Estimator(model.get('_label_binarizer'), `${model.place}._label_binarizer`);
  const targets = binarizer.get('y_type_');
  if (targets !== 'binary' && targets !== 'multiclass') {
    model.refuse('answers several labels at once: train one model for each label instead');
  }
  return new LinearClassifier(model, oneListOfLabels(binarizer), input, context).predictor(null);
}

/** sklearn/linear_model/_logistic.py: one against the rest, or all classes at once. */
export function importLogistic(model: Estimator, input: Block, context: StepContext): Predictor {
  const linear = new LinearClassifier(model, oneListOfLabels(model), input, context);
  const isAlone = isOneAgainstRest(model, linear.labels.length, context);
  return linear.predictor(isAlone ? () => linear.againstRest() : () => linear.softmax());
}

/** By version: the parameter was removed in 1.8, and 1.2 to 1.5 counted one solver more. */
function isOneAgainstRest(model: Estimator, classes: number, { version }: StepContext): boolean {
  const choice = model.get('multi_class');
  if (choice === 'ovr' || choice === 'warn') return true;
  if (choice === 'multinomial') return false;
  if (choice === null && isAtLeast(version, 1, 8)) return classes <= 2;
  if (choice !== 'auto' && choice !== 'deprecated') {
    model.refuse('has a multi_class that is not understood');
  }
  const solver = model.get('solver');
  const ofNewton =
    solver === 'newton-cholesky' && isAtLeast(version, 1, 2) && !isAtLeast(version, 1, 6);
  return classes <= 2 || solver === 'liblinear' || ofNewton;
}

/** sklearn/linear_model/_stochastic_gradient.py: the loss says whether, and how, sums are probabilities. */
export function importSgdClassifier(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const linear = new LinearClassifier(model, oneListOfLabels(model), input, context);
  const loss = model.get('loss');
  if (loss === 'log' || loss === 'log_loss') return linear.predictor(() => linear.againstRest());
  return linear.predictor(loss === 'modified_huber' ? () => linear.ofHuber() : null);
}

/** The common part of linear classifiers; each method appends stages. */
class LinearClassifier {
  readonly labels: readonly Category[];
  readonly #model: Estimator;
  readonly #context: StepContext;
  readonly #sums: LinearSums;

  constructor(model: Estimator, labels: readonly Category[], input: Block, context: StepContext) {
    this.#sums = linearSums(model, input, context);
    const expected = this.#sums.count === 1 ? 2 : this.#sums.count;
    if (labels.length !== expected) {
      model.refuse(`has ${this.#sums.count} sums for ${labels.length} classes`);
    }
    this.labels = labels;
    this.#model = model;
    this.#context = context;
  }

  predictor(probabilities: (() => readonly number[]) | null): Predictor {
    const { values } = this.#sums;
    return {
      labels: [this.labels],
      predict: once(() => this.#choice()),
      probabilities: probabilities && once(() => [probabilities()]),
      scores: { decision_function: values },
    };
  }

  #choice(): readonly number[] {
    const { builder } = this.#context;
    const inputs = this.#sums.values();
    return this.#sums.count === 1
      ? builder.stage({ kind: 'above', inputs, threshold: 0 }, this.#model.place)
      : builder.stage({ kind: 'argmax', inputs }, this.#model.place);
  }

  /** Sigmoids, of several classes as shares. Only 1.9 knows a way out where all of them are 0. */
  againstRest(): readonly number[] {
    const { builder, version } = this.#context;
    const { place } = this.#model;
    const inputs = builder.stage({ kind: 'sigmoid', inputs: this.#sums.values() }, place);
    if (this.#sums.count === 1) return [...complement(inputs, builder, place), ...inputs];
    const ofZero = isAtLeast(version, 1, 9) ? 'equal' : 'missing';
    return builder.stage({ kind: 'shares', inputs, order: 'pairwise', ofZero }, place);
  }

  softmax(): readonly number[] {
    const { builder } = this.#context;
    const { place } = this.#model;
    const sums = this.#sums.values();
    const negative = sums.length === 1 ? scaled(sums, { factor: -1 }, builder, place) : [];
    return builder.stage({ kind: 'softmax', inputs: [...negative, ...sums] }, place);
  }

  /** Sums cut to -1 .. 1 and stretched to 0 .. 1; where all are 0, every class is as likely. */
  ofHuber(): readonly number[] {
    const { builder } = this.#context;
    const { place } = this.#model;
    const sums = this.#sums.values();
    const cut = builder.stage({ kind: 'clip', inputs: sums, minimum: -1, maximum: 1 }, place);
    const inputs = builder.divide(scaled(cut, { shift: 1 }, builder, place), 2, place);
    if (inputs.length === 1) return [...complement(inputs, builder, place), ...inputs];
    return builder.stage({ kind: 'shares', inputs, order: 'pairwise', ofZero: 'equal' }, place);
  }
}
