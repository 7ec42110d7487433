import type { Category } from '../../schema/fields.ts';
import type { PickleValue } from '../pickle/values.ts';
import type { Estimator } from './estimator.ts';
import type { Block, StepContext } from './step.ts';
import { isAtLeast } from './version.ts';

/** SimpleImputer: a missing value becomes the column's statistic; a column without one disappears. */
export function importImputer(step: Estimator, input: Block, context: StepContext): Block {
  const marker = step.get('missing_values');
  if (marker !== null && !Number.isNaN(marker)) {
    step.refuse('fills values other than NaN: replace them by NaN before they reach the pipeline');
  }
  if (step.flag('add_indicator', false)) {
    step.refuse('adds indicator columns (add_indicator), which is not understood yet');
  }
  const { builder } = context;
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
    return fill;
  });
  const inputs = filled.map(({ value }) => value);
  const results = builder.impute(inputs, fills).values();
  const values = columns.map(({ value, statistic }) =>
    Number.isNaN(statistic) ? value : results.next().value!,
  );
  return { values, sparse: input.sparse };
}

/** Until 1.7 a constant was filled in even where training saw no value at all. */
function keepsEmpty(step: Estimator, { version }: StepContext): boolean {
  if (step.flag('keep_empty_features', false)) return true;
  return step.get('strategy') === 'constant' && !isAtLeast(version, 1, 8);
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
