import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { Estimator } from '../read/estimator.ts';
import { treeImportances } from './importances.ts';
import type { PipelineBuilder } from '../../build/pipeline-builder.ts';
import type { StepContext } from '../read/step.ts';
import type { Support } from './univariate.ts';
import { isAtLeast } from '../read/version.ts';

/** Importances are recomputed here: one this near to the threshold, and not on it, could lie on either side. */
const TOO_NEAR = 1e-9;

/** Models whose threshold is 1e-5 unless another is given. */
const LASSO_THRESHOLD = 1e-5;

/** SelectFromModel: columns that matter enough to a model (sklearn/feature_selection/_from_model.py). */
export function modelSupport(
  step: Estimator,
  columns: number,
  { builder, version }: StepContext,
): Support {
  const getter = step.get('importance_getter');
  if (getter !== null && getter !== 'auto') {
    step.refuse('asks its model for other importances (importance_getter): set it to "auto"');
  }
  const inner = step.has('estimator_') ? 'estimator_' : 'estimator';
  const model = new Estimator(step.get(inner), `${step.place}.${inner}`);
  const importances = Array.from(importancesOf(step, model, columns, builder));
  const threshold = thresholdOf(step, model, importances);
  const isNear = (each: number): boolean =>
    Number.isFinite(threshold) &&
    each !== threshold &&
    Math.abs(each - threshold) <= TOO_NEAR * Math.abs(threshold);
  if (importances.some(isNear)) {
    step.refuse('has an importance too near to its threshold: save the list of columns instead');
  }
  const most = mostOf(step, importances.length, isAtLeast(version, 1, 1));
  const order = importances
    .map((_, at) => at)
    .toSorted((a, b) => importances[b]! - importances[a]!);
  const among = new Set(order.slice(0, most));
  return importances.map((each, at) => among.has(at) && !(each < threshold));
}

function importancesOf(
  step: Estimator,
  model: Estimator,
  columns: number,
  builder: PipelineBuilder,
): Float64Array {
  const value = model.get('coef_');
  if (value instanceof NumpyArray) {
    builder.handOver(value.count);
    return coefficientLengths(value, columns, step);
  }
  const importances = treeImportances(model, columns, builder);
  return (
    importances ??
    model.refuse('is no model whose importances are understood: save the list of columns instead')
  );
}

/** The absolute weights; of several rows of weights the norm of each column. */
function coefficientLengths(value: NumpyArray, columns: number, step: Estimator): Float64Array {
  const { shape } = value;
  if (shape.length > 2 || shape.at(-1) !== columns) {
    step.refuse(`has a model with a coef_ that does not fit its ${columns} columns`);
  }
  const weights = numbersOf(value);
  if (shape.length === 1) return weights.map(Math.abs);
  const rows = shape[0]!;
  const norm = step.get('norm_order') ?? 1;
  const lengths = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const weight = Math.abs(weights[row * columns + column]!);
      if (norm === 1) lengths[column]! += weight;
      else if (norm === 2) lengths[column]! += weight * weight;
      else if (norm === Infinity) lengths[column] = Math.max(lengths[column]!, weight);
      else step.refuse('measures weights in a norm_order that is not understood: 1, 2 or inf are');
    }
  }
  return norm === 2 ? lengths.map(Math.sqrt) : lengths;
}

/** A number, or a multiple of the mean or median: `1.25*mean`. */
function thresholdOf(step: Estimator, model: Estimator, importances: readonly number[]): number {
  const given = step.get('threshold');
  if (typeof given === 'number') return given;
  if (given === null) return isLasso(model) ? LASSO_THRESHOLD : mean(importances);
  const parts = typeof given === 'string' ? given.split('*').map((part) => part.trim()) : [];
  const reference = parts.at(-1);
  const factor = parts.length === 2 ? Number(parts[0]) : 1;
  const isKnown = reference === 'mean' || reference === 'median';
  if (!isKnown || parts.length > 2 || !Number.isFinite(factor)) {
    step.refuse('has a threshold that is not understood');
  }
  const base = reference === 'mean' ? mean(importances) : median(importances);
  return parts.length === 2 ? factor * base : base;
}

/** Models that leave weights at 0 (and LogisticRegression with an L1 penalty). */
function isLasso(model: Estimator): boolean {
  const { className } = model;
  if (model.get('penalty') === 'l1' || className.includes('Lasso')) return true;
  const ratio = model.get(className.endsWith('CV') ? 'l1_ratio_' : 'l1_ratio');
  const mayBe = className.includes('ElasticNet') || className.startsWith('LogisticRegression');
  // numpy's isclose.
  const isOne = typeof ratio === 'number' && Math.abs(ratio - 1) <= 1e-8 + 1e-5;
  if (mayBe && isOne)
    model.refuse('has a pure L1 penalty, whose threshold versions differ about: state one');
  return false;
}

function mostOf(step: Estimator, all: number, isResolved: boolean): number {
  const kept = isResolved && step.has('max_features_') ? 'max_features_' : 'max_features';
  const most = step.get(kept);
  if (most === null) return all;
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 0) {
    step.refuse('has a max_features that is not understood');
  }
  return most;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}

function median(numbers: readonly number[]): number {
  const sorted = Float64Array.from(numbers).toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
