import { complement, scaled } from '../../build/arithmetic.ts';
import type { Estimator } from '../read/estimator.ts';
import { type Classifier, probabilitiesOf } from '../read/inner-predictors.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import type { StepContext } from '../read/step.ts';

/** Appends what turns one response into the probability of its class. */
export type Calibrate = (response: number, context: StepContext, place: string) => number;

/** Temperature scaling adds it to a probability before it takes the logarithm. */
const LOG_GUARD = 1e-12;

/** The calibrators of one class: Platt's sigmoid, or a monotone line through points. */
export function importCalibrator(calibrator: Estimator): Calibrate {
  if (calibrator.className === '_SigmoidCalibration') return importSigmoid(calibrator);
  if (calibrator.className === 'IsotonicRegression') return importIsotonic(calibrator);
  calibrator.refuse('is no calibrator that is understood: use "sigmoid" or "isotonic"');
}

/** expit(-(a * x + b)) */
function importSigmoid(calibrator: Estimator): Calibrate {
  const factor = numberOf(calibrator, 'a_');
  const shift = numberOf(calibrator, 'b_');
  return (response, { builder }, place) => {
    const line = scaled([response], { factor, shift }, builder, place);
    const inputs = scaled(line, { factor: -1 }, builder, place);
    return builder.stage({ kind: 'sigmoid', inputs }, place)[0]!;
  };
}

/** sklearn/isotonic.py hands its points to scipy's interp1d, which hands doubles to numpy's interp. */
function importIsotonic(calibrator: Estimator): Calibrate {
  if (calibrator.get('out_of_bounds') !== 'clip') {
    calibrator.refuse('does not clip what lies beyond its points');
  }
  // Renamed in 0.24.
  const [xs, ys] = calibrator.has('X_thresholds_')
    ? (['X_thresholds_', 'y_thresholds_'] as const)
    : (['_necessary_X_', '_necessary_y_'] as const);
  const array = calibrator.get(xs);
  if (!(array instanceof NumpyArray) || array.type.name !== 'f8' || array.count === 0) {
    calibrator.refuse('has points that are not doubles: calibrate on float64 numbers');
  }
  const points = calibrator.numbers(xs, array.count);
  const values = calibrator.numbers(ys, array.count);
  const isFit = points.every(
    (point, at) =>
      Number.isFinite(point) && Number.isFinite(values[at]) && !(points[at - 1]! > point),
  );
  if (!isFit) calibrator.refuse('has points that are not finite or not in ascending order');
  return (response, { builder }, place) => {
    builder.require([response], 'reject', place);
    const stage = { kind: 'interpolate', inputs: [response], points, values } as const;
    return builder.stage(stage, place)[0]!;
  };
}

export function isTemperature(calibrator: Estimator): boolean {
  return calibrator.className === '_TemperatureScaling';
}

/**
 * softmax(beta * logits): the logarithms of probabilities, or the decision function as it is. (The library
 * also takes the logarithm of a decision function that happens to be made of shares in all rows of a
 * call; no row alone could know.)
 */
export function importTemperature(
  calibrator: Estimator,
  inner: Classifier,
  classes: number,
  fold: Estimator,
  { builder }: StepContext,
): () => readonly number[] {
  const factor = numberOf(calibrator, 'beta_');
  const { place } = fold;
  return () => {
    const logits = logitsOf();
    if (logits.length !== classes) fold.refuse('calibrates fewer classes than there are');
    const inputs = scaled(logits, { factor }, builder, place);
    return builder.stage({ kind: 'softmax', inputs }, place);
  };

  function logitsOf(): readonly number[] {
    const decision = inner.scores['decision_function']?.();
    if (decision !== undefined) {
      if (decision.length !== 1) return decision;
      return [...scaled(decision, { factor: -1 }, builder, place), ...decision];
    }
    const values = probabilitiesOf(inner, 'calibrates', fold);
    // Of two probabilities the library reads the second, and makes the first anew.
    const shares =
      values.length === 2 ? [...complement([values[1]!], builder, place), values[1]!] : values;
    const inputs = scaled(shares, { shift: LOG_GUARD }, builder, place);
    return builder.stage({ kind: 'apply', inputs, function: 'log' }, place);
  }
}

function numberOf(calibrator: Estimator, name: string): number {
  const value = calibrator.get(name);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  calibrator.refuse(`has no finite number for its ${name}`);
}
