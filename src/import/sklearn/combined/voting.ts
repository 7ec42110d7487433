import { numpySum } from '../../../model/numbers/numpy-sum.ts';
import { columnSums } from '../../build/arithmetic.ts';
import type { Estimator } from '../read/estimator.ts';
import {
  asClassifier,
  innerPredictors,
  labelNumber,
  numberList,
  oneAnswerOf,
  probabilitiesOf,
} from '../read/inner-predictors.ts';
import { oneListOfLabels } from '../read/labels.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** VotingRegressor (sklearn/ensemble/_voting.py): numpy's average of what its estimators answer. */
export function importVotingRegressor(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const voters = innerPredictors(model, 'estimators_', input, context);
  const weights = weightsOf(model, voters.length);
  const predict = once(() => {
    if (voters.some(({ labels }) => labels !== null)) model.refuse('averages class labels');
    const answers = voters.map((voter) => [oneAnswerOf(voter, model)]);
    return average(answers, weights, model, context);
  });
  return { labels: null, predict, probabilities: null, scores: {} };
}

/** VotingClassifier: its estimators were trained on the positions of the classes, not on their labels. */
export function importVotingClassifier(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const labels = oneListOfLabels(model);
  const voters = innerPredictors(model, 'estimators_', input, context).map((voter) =>
    asClassifier(voter, 'an estimator', model),
  );
  const weights = weightsOf(model, voters.length);
  const { builder } = context;
  const largest = (inputs: readonly number[]): readonly number[] =>
    builder.stage({ kind: 'argmax', inputs }, model.place);
  if (model.get('voting') === 'hard') {
    if (
      voters.some((voter) => !voter.labels[0]!.every((label) => isPosition(label, labels.length)))
    ) {
      model.refuse('counts the votes of estimators whose labels are not positions of its classes');
    }
    const predict = once(() => {
      const inputs = voters.map((voter) => labelNumber(voter, context, model));
      const ballot = { inputs, weights: weights ?? new Float64Array(inputs.length).fill(1) };
      const candidates = labels.length;
      return largest(builder.stage({ kind: 'votes', ...ballot, candidates }, model.place));
    });
    return { labels: [labels], predict, probabilities: null, scores: {} };
  }
  if (model.get('voting') !== 'soft') model.refuse('votes neither hard nor soft');
  const probabilities = once(() => {
    const lists = voters.map((voter) => probabilitiesOf(voter, 'averages', model));
    if (lists.some((list) => list.length !== labels.length)) {
      model.refuse('averages the probabilities of estimators that know other classes');
    }
    return [average(lists, weights, model, context)];
  });
  const predict = once(() => largest(probabilities()[0]!));
  return { labels: [labels], predict, probabilities, scores: {} };
}

function isPosition(label: unknown, classes: number): boolean {
  return Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes;
}

/** The weights of the estimators that were not dropped; null where all count alike. */
function weightsOf(model: Estimator, voters: number): Float64Array | null {
  const value = model.get('weights');
  if (value === null) return null;
  const entries = model.list('estimators');
  const weights = numberList(value, 'weights', entries.length, model).filter((_, at) => {
    const entry = entries[at];
    const voter = Array.isArray(entry) ? entry[1] : undefined;
    return voter !== null && voter !== 'drop';
  });
  if (weights.length !== voters) {
    model.refuse(`has ${weights.length} weights for ${voters} estimators`);
  }
  const list = Float64Array.from(weights);
  if (numpySum(list) === 0) model.refuse('has weights whose sum is 0');
  return list;
}

/** numpy's average: the sum divided by the count, or the weighted sum by the sum of the weights. */
function average(
  lists: readonly (readonly number[])[],
  weights: Float64Array | null,
  { place }: Estimator,
  { builder }: StepContext,
): number[] {
  const count = lists.length;
  const factors = weights ?? new Float64Array(count).fill(1);
  const sums = columnSums(lists, factors, builder, place);
  return builder.divide(sums, weights === null ? count : numpySum(weights), place);
}
