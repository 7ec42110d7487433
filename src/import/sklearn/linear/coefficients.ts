import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { type PickleValue, kindOf } from '../../python/pickle/values.ts';
import type { Estimator } from '../read/estimator.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import { type Block, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** The core of every linear model: a row of weights and an intercept for each sum. */
export interface LinearSums {
  readonly count: number;
  /** The sums as values; the columns must be finite numbers, as the source asks in every version. */
  readonly values: () => readonly number[];
}

/** X @ coef_.T + intercept_ (sklearn/linear_model/_base.py); the library's order of additions is BLAS's. */
export function linearSums(model: Estimator, input: Block, { builder }: StepContext): LinearSums {
  if (isSingle(model.get('coef_'))) refuseSingle(model, input, { builder });
  const columns = input.values.length;
  const weights = coefficientsOf(model, columns);
  const count = weights.length / columns;
  const intercepts = interceptsOf(model.get('intercept_'), count, model);
  const values = once(() => {
    builder.require(input.values, 'reject', model.place);
    return builder.stage(
      { kind: 'linear', inputs: input.values, weights, intercepts },
      model.place,
    );
  });
  return { count, values };
}

/** Weights of float32 meet columns of float64 as doubles; columns of float32 they meet in float32. */
function isSingle(weights: PickleValue): boolean {
  return weights instanceof NumpyArray && weights.type.name === 'f4';
}

/** A row of weights for each sum: one row may come without the second dimension. */
function coefficientsOf(model: Estimator, columns: number): Float64Array {
  const value = model.get('coef_');
  if (value === null) model.refuse('has no coef_: it was saved before it was trained');
  if (!(value instanceof NumpyArray)) {
    model.refuse(`has ${kindOf(value)} for its coef_: call its densify() and save it again`);
  }
  const { shape } = value;
  if (columns === 0 || shape.length > 2 || shape.at(-1) !== columns || value.count === 0) {
    model.refuse(`has weights in the shape ${shape.join(' x ')} for ${columns} columns`);
  }
  return finite(numbersOf(value).slice(), 'weight', model);
}

/** One number for all sums (0 where none was trained), or one for each. */
function interceptsOf(value: PickleValue, count: number, model: Estimator): Float64Array {
  if (typeof value === 'number') {
    return finite(new Float64Array(count).fill(value), 'intercept', model);
  }
  if (!(value instanceof NumpyArray) || (value.count !== count && value.count !== 1)) {
    model.refuse(`has ${kindOf(value)} for the intercepts of its ${count} sums`);
  }
  const intercepts = numbersOf(value).slice();
  const all =
    intercepts.length === count ? intercepts : new Float64Array(count).fill(intercepts[0]!);
  return finite(all, 'intercept', model);
}

function finite(numbers: Float64Array, what: string, model: Estimator): Float64Array {
  if (!numbers.every(Number.isFinite)) model.refuse(`has ${what}s that are not finite`);
  return numbers;
}
