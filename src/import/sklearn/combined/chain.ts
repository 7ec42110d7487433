import { numberList } from '../read/inner-predictors.ts';
import type { Estimator } from '../read/estimator.ts';
import {
  type Classifier,
  asClassifier,
  labelNumber,
  oneAnswerOf,
  probabilitiesOf,
} from '../read/inner-predictors.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** A model of one output with the place of that output among those of the whole. */
interface Link {
  readonly inner: Predictor;
  readonly output: number;
}

/** RegressorChain (sklearn/multioutput.py): every model also sees what those before it answer. */
export function importRegressorChain(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const inner = importChain(model, input, context, (link) => {
    if (link.labels !== null) model.refuse('has a classifier inside');
    return oneAnswerOf(link, model);
  });
  const predict = once(() => inner.map((link) => oneAnswerOf(link, model)));
  return { labels: null, predict, probabilities: null, scores: {} };
}

/** ClassifierChain: it answers labels as numbers. Since 1.5 models may see more than earlier labels. */
export function importClassifierChain(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const method = model.get('chain_method_') ?? 'predict';
  const inner = importChain(model, input, context, (predictor) => {
    const link = asClassifier(predictor, 'an estimator', model);
    if (method === 'predict') return labelNumber(link, context, model);
    if (method === 'predict_proba') return secondOfTwo(link, model);
    const decision = method === 'decision_function' ? decisionOf(link) : null;
    return decision ?? model.refuse('hands on an answer that is not understood');
  }).map((predictor) => asClassifier(predictor, 'an estimator', model));
  const labels = inner.map((link) => link.labels[0]!.map((label) => numberOf(label, model)));
  const decides = inner.every((link) => link.scores['decision_function'] !== undefined);
  const knows = inner.every((link) => link.probabilities !== null);
  return {
    labels,
    predict: once(() => inner.map((link) => oneAnswerOf(link, model))),
    probabilities: knows
      ? once(() => inner.map((link) => probabilitiesOf(link, 'asks', model)))
      : null,
    scores: decides
      ? {
          decision_function: once(() =>
            inner.map((link) => decisionOf(link) ?? model.refuse('decides between many classes')),
          ),
        }
      : {},
  };
}

/** The models in the order of the outputs; `told` holds the inputs that each gives the next ones. */
function importChain(
  model: Estimator,
  input: Block,
  context: StepContext,
  told: (inner: Predictor) => number,
): Predictor[] {
  context.builder.require(input.values, 'reject', model.place);
  const list = model.list('estimators_');
  const order = numberList(model.get('order_'), 'positions in its order_', list.length, model);
  const values = [...input.values];
  const links: Link[] = list.map((value, at) => {
    const place = `${model.place}.estimators_[${at}]`;
    const inner = context.predictor(value, place, { values: [...values], sparse: input.sparse });
    if (at < list.length - 1) values.push(told(inner));
    return { inner, output: order[at]! };
  });
  const sorted = links.toSorted((a, b) => a.output - b.output);
  if (links.length === 0 || sorted.some(({ output }, at) => output !== at)) {
    model.refuse('has an order_ that does not name each of its outputs once');
  }
  return sorted.map(({ inner }) => inner);
}

function decisionOf(link: Classifier): number | null {
  const values = link.scores['decision_function']?.() ?? [];
  return values.length === 1 ? values[0]! : null;
}

function secondOfTwo(link: Classifier, model: Estimator): number {
  const values = probabilitiesOf(link, 'hands on the probabilities of', model);
  if (values.length !== 2) model.refuse('hands on the probabilities of more than two classes');
  return values[1]!;
}

function numberOf(label: unknown, model: Estimator): number {
  if (typeof label === 'string') model.refuse('has class labels that are texts');
  return Number(label);
}
