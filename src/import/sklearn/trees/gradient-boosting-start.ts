import { centredLogsOf, logitOf } from '../../../model/kinds/answer/logits.ts';
import type { LogitStage } from '../../../model/stages.ts';
import { roundedLog } from '../../../model/numbers/rounded.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { scaled } from '../../build/arithmetic.ts';
import { Estimator } from '../read/estimator.ts';
import { oneAnswerOf, probabilitiesOf } from '../read/inner-predictors.ts';
import { type Block, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { type Version, isAtLeast } from '../read/version.ts';

/** How raw scores and probabilities hang together. */
export type BoostingLink = 'identity' | 'logit' | 'halfLogit' | 'multinomial';

/** Where boosting starts: the same numbers for every row, or what an estimator says of it. */
export type Start = { readonly sums: number } & (
  | { readonly kind: 'constant'; readonly numbers: Float64Array }
  | { readonly kind: 'rows'; readonly values: () => readonly number[] }
);

interface Shape {
  readonly sums: number;
  readonly link: BoostingLink;
}

/** Estimators of 0.20 that answer raw scores, and the attribute that holds them. */
const RAW_ESTIMATORS: Readonly<Record<string, string>> = {
  LogOddsEstimator: 'prior',
  MeanEstimator: 'mean',
  PriorProbabilityEstimator: 'priors',
  QuantileEstimator: 'quantile',
  ScaledLogOddsEstimator: 'prior',
};

/** `init_` of sklearn/ensemble/_gb.py: 'zero', a dummy estimator or one of the user's. */
export function startOf(model: Estimator, input: Block, shape: Shape, context: StepContext): Start {
  const { sums, link } = shape;
  const value = model.get('init_');
  const constant = (numbers: Float64Array): Start => {
    const isFit = numbers.length === sums && numbers.every(Number.isFinite);
    if (!isFit) model.refuse(`has an init that is not ${sums} finite numbers`);
    return { kind: 'constant', sums, numbers };
  };
  if (value === 'zero') return constant(new Float64Array(sums));
  const init = new Estimator(value, `${model.place}.init_`);
  if (init.className === 'ZeroEstimator') return constant(new Float64Array(sums));
  const attribute = RAW_ESTIMATORS[init.className];
  if (attribute !== undefined && Object.hasOwn(RAW_ESTIMATORS, init.className)) {
    return constant(numbersIn(init, attribute));
  }
  if (!isAtLeast(context.version, 0, 21)) {
    model.refuse('starts from an estimator in a way that scikit-learn 0.20 alone had');
  }
  if (init.className === 'DummyRegressor' && link === 'identity') {
    return constant(numbersIn(init, 'constant_'));
  }
  if (init.className === 'DummyClassifier' && strategyOf(init) === 'prior') {
    const shares = numbersIn(init, 'class_prior_');
    return constant(rawOf(sums === 1 ? shares.subarray(1) : shares, link, context));
  }
  return { kind: 'rows', sums, values: once(() => rowValues(model, init, input, shape, context)) };
}

function strategyOf(init: Estimator): unknown {
  return init.get('_strategy') ?? init.get('strategy');
}

/** A number, or an array of them in any shape. */
function numbersIn(init: Estimator, name: string): Float64Array {
  const value = init.get(name);
  if (typeof value === 'number') return Float64Array.of(value);
  if (!(value instanceof NumpyArray)) init.refuse(`has no numbers for its ${name}`);
  return numbersOf(value).slice();
}

/** Probabilities are kept off 0 and 1 by the epsilon of float32, since 1.8 by that of float64. */
function epsilonOf(version: Version): number {
  return isAtLeast(version, 1, 8) ? Number.EPSILON : 2 ** -23;
}

/**
 * 0.21 to 1.3 divide themselves; since 1.4 the logit is scipy's, which a file does not name. Until 1.14 scipy
 * divided too; 1.15, of January 2025, came between scikit-learn 1.6.0 and 1.6.1.
 */
function logitFormOf({ version, logitForm }: StepContext): LogitStage['form'] {
  if (!isAtLeast(version, 1, 4)) return 'quotient';
  return logitForm ?? (isAtLeast(version, 1, 6, 1) ? 'central' : 'quotient');
}

/** Raw scores of the classes' shares. */
function rawOf(shares: Float64Array, link: BoostingLink, context: StepContext): Float64Array {
  const { version } = context;
  const epsilon = epsilonOf(version);
  const clipped = shares.map((share) => Math.min(Math.max(share, epsilon), 1 - epsilon));
  if (link === 'multinomial') {
    if (!isAtLeast(version, 1, 4)) return clipped.map(roundedLog);
    const centred = new Float64Array(clipped.length);
    centredLogsOf(clipped, centred);
    return centred;
  }
  const logits = clipped.map((share) => logitOf(share, logitFormOf(context)));
  return link === 'halfLogit' ? logits.map((x) => 0.5 * x) : logits;
}

/** Estimators that answer in float64 for inputs of any type. */
const IN_FLOAT64 =
  /^(Dummy|DecisionTree|ExtraTrees?|RandomForest|(Hist)?GradientBoosting)(Classifier|Regressor)$/;

/** Others calculate in float32 where they are given it, in an order of additions that is the machine's. */
function checkArithmetic(init: Estimator): void {
  if (IN_FLOAT64.test(init.className)) return;
  const weights = init.get('coef_');
  if (weights instanceof NumpyArray && weights.type.name === 'f8') return;
  init.refuse('calculates in float32 where boosting starts from it: start from trees or a forest');
}

/** The same of an estimator's answer to each row, which it is given as the trees are: in float32. */
function rowValues(
  model: Estimator,
  init: Estimator,
  input: Block,
  { sums, link }: Shape,
  context: StepContext,
): readonly number[] {
  const { builder, version } = context;
  const { place } = model;
  checkArithmetic(init);
  builder.require(input.values, 'reject', place, 'float32');
  const rounded = builder.stage({ kind: 'float32', inputs: input.values }, place);
  const inner = context.predictor(init.object, init.place, { ...input, values: rounded });
  if (link === 'identity') {
    if (inner.labels !== null) init.refuse('classifies where a regressor starts from it');
    return [oneAnswerOf(inner, model)];
  }
  const all = probabilitiesOf(inner, 'starts from', model);
  if (all.length !== Math.max(sums, 2)) init.refuse('knows other classes than the model around it');
  const epsilon = epsilonOf(version);
  const inputs = builder.stage(
    {
      kind: 'clip',
      inputs: sums === 1 ? all.slice(1) : all,
      minimum: epsilon,
      maximum: 1 - epsilon,
    },
    place,
  );
  if (link === 'multinomial') {
    if (isAtLeast(version, 1, 4)) return builder.stage({ kind: 'centredLogs', inputs }, place);
    return builder.stage({ kind: 'apply', inputs, function: 'log' }, place);
  }
  const logits = builder.stage({ kind: 'logit', inputs, form: logitFormOf(context) }, place);
  return link === 'halfLogit' ? scaled(logits, { factor: 0.5 }, builder, place) : logits;
}
