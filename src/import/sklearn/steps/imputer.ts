import type { Category } from '../../../schema/fields.ts';
import { NumpyType } from '../../python/pickle/dtype.ts';
import { Global, PickleObject, type PickleValue } from '../../python/pickle/values.ts';
import { Estimator } from '../read/estimator.ts';
import { lengthOf } from '../read/parameters.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * SimpleImputer: a missing value becomes the column's statistic; a column without one disappears
 * (sklearn/impute/_base.py). A marker may stand for a missing value; then a real one raises.
 */
export function importImputer(step: Estimator, input: Block, context: StepContext): Block {
  const { builder } = context;
  const marker = markerOf(step);
  refuseSingle(step, input, context);
  if (marker === 0 && input.sparse) {
    step.refuse('fills zeros of sparse columns, where scikit-learn itself raises');
  }
  builder.requirePresent(input.values, marker === null ? 'accept' : 'reject');
  const statistics = step.items('statistics_', input.values.length);
  const keepAll = keepsEmpty(step, context);
  const columns = input.values
    .map((value, at) => ({ value, statistic: statistics[at]! }))
    .filter(({ statistic }) => keepAll || !Number.isNaN(statistic));
  // A column that is kept without a statistic keeps its missing values too.
  const filled = columns.filter(({ statistic }) => !Number.isNaN(statistic));
  const fills = filled.map(({ value, statistic }) => {
    const fill = fillOf(statistic, step);
    builder.need(value, typeOf(fill), step.place);
    if (sawWholeNumbers(step)) builder.needWhole(value);
    return fill;
  });
  const inputs = filled.map(({ value }) => value);
  const results = (
    marker === null
      ? builder.impute(inputs, fills)
      : builder.replace(
          inputs,
          inputs.map(() => marker),
          fills,
        )
  ).values();
  const values = columns.map(({ value, statistic }) =>
    Number.isNaN(statistic) ? value : results.next().value!,
  );
  if (step.flag('add_indicator', false)) {
    const indicator = new Estimator(step.get('indicator_'), `${step.place}.indicator_`);
    for (const value of indicatorsOf(indicator, input, marker, context).values) values.push(value);
  }
  return { values, sparse: input.sparse };
}

/**
 * MissingIndicator: 1 where a value is missing, else 0, for the columns that had such values in
 * training. Others must have none, unless `error_on_new` says that it does not matter.
 */
export function importMissingIndicator(step: Estimator, input: Block, context: StepContext): Block {
  const { builder } = context;
  const marker = markerOf(step);
  builder.requirePresent(input.values, marker === null ? 'accept' : 'reject');
  const result = indicatorsOf(step, input, marker, context);
  if (step.get('features') === 'missing-only' && step.flag('error_on_new', true)) {
    const known = new Set(result.positions);
    const others = input.values.filter((_, at) => !known.has(at));
    if (marker === null) builder.requirePresent(others, 'reject');
    else if (others.length > 0) raiseOn(marker, others, step, context);
  }
  return { values: result.values, sparse: input.sparse || step.get('sparse') === true };
}

function indicatorsOf(
  indicator: Estimator,
  input: Block,
  marker: Category | null,
  { builder }: StepContext,
): { readonly values: readonly number[]; readonly positions: readonly number[] } {
  const count = lengthOf(indicator, 'features_');
  builder.handOver(count);
  const positions = indicator.items('features_', count).map((position) => {
    if (typeof position === 'number' && Object.hasOwn(input.values, position)) return position;
    return indicator.refuse('names a column that is not there');
  });
  const inputs = positions.map((position) => input.values[position]!);
  if (typeof marker === 'string') {
    for (const value of inputs) builder.need(value, 'text', indicator.place);
  }
  const lists = inputs.map(() => [marker]);
  return { values: builder.oneHot(inputs, lists, 'zeros', indicator.place), positions };
}

/** Numbers only: what equals the marker becomes infinite, and then raises as infinity does. */
function raiseOn(
  marker: Category,
  inputs: readonly number[],
  step: Estimator,
  { builder }: StepContext,
): void {
  if (typeof marker === 'string') {
    step.refuse('raises on new missing texts (error_on_new): fit it with error_on_new=False');
  }
  const raised = builder.replace(
    inputs,
    inputs.map(() => marker),
    inputs.map(() => Infinity),
  );
  builder.require(raised, 'accept', step.place);
}

/** The value that counts as missing besides absent ones; null: none. */
function markerOf(step: Estimator): Category | null {
  const marker = step.get('missing_values');
  if (marker === null || Number.isNaN(marker) || isPandasNA(marker)) return null;
  if (typeof marker === 'number' || typeof marker === 'string') return marker;
  step.refuse('fills values that are neither numbers nor texts (missing_values)');
}

function isPandasNA(value: PickleValue): boolean {
  const type = value instanceof PickleObject ? value.type : value;
  return type instanceof Global && /^pandas\b.*\.(NA|NAType)$/.test(type.path);
}

/** Until 1.7 a constant was filled in even where training saw no value at all. */
function keepsEmpty(step: Estimator, { version }: StepContext): boolean {
  if (step.flag('keep_empty_features', false)) return true;
  return step.get('strategy') === 'constant' && !isAtLeast(version, 1, 8);
}

/** Remembered since 0.24. */
function sawWholeNumbers(step: Estimator): boolean {
  const type = step.get('_fit_dtype');
  return type instanceof NumpyType && (type.kind === 'i' || type.kind === 'u');
}

function fillOf(statistic: PickleValue, step: Estimator): Category {
  if (
    typeof statistic === 'number' ||
    typeof statistic === 'string' ||
    typeof statistic === 'boolean'
  ) {
    return statistic;
  }
  step.refuse('fills in a value that is neither a number, a text nor true or false');
}

function typeOf(fill: Category): 'number' | 'text' | 'boolean' {
  if (typeof fill === 'string') return 'text';
  return typeof fill === 'number' ? 'number' : 'boolean';
}
