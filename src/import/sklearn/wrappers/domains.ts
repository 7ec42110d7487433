import type { Category } from '../../../schema/fields.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { itemsOf, numbersOf } from '../../python/pickle/elements.ts';
import type { PickleValue } from '../../python/pickle/values.ts';
import type { Estimator } from '../read/estimator.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/**
 * Domains of sklearn2pmml (decoration/__init__.py) pass values on, and raise for those that training
 * did not see: a number outside of its range, an unknown category. Rows with such values are refused.
 */

/** ContinuousDomain: `data_min_` and `data_max_` hold the range of each column. */
export function importContinuousDomain(step: Estimator, input: Block, context: StepContext): Block {
  if ((step.get('outlier_treatment') ?? 'as_is') !== 'as_is') {
    step.refuse('changes outliers (outlier_treatment), which is not understood');
  }
  if (raisesInvalid(step) && step.has('data_min_')) {
    const minima = boundsOf(step, 'data_min_', input.values.length);
    const maxima = boundsOf(step, 'data_max_', input.values.length);
    input.values.forEach((value, at) => {
      const place = step.place;
      if (!context.builder.limit(value, minima[at]!, maxima[at]!, place)) {
        step.refuse('raises outside of a range, which is understood for columns of the table only');
      }
    });
  }
  return withoutMissing(step, input, context);
}

/** CategoricalDomain and OrdinalDomain: the categories of one column, or of each. */
export function importDiscreteDomain(step: Estimator, input: Block, context: StepContext): Block {
  const values = step.get('data_values_') ?? step.get('data_');
  if (raisesInvalid(step) && values !== null) {
    const lists = Array.isArray(values) ? values : [values];
    if (lists.length !== input.values.length) {
      step.refuse(`has categories for ${lists.length} of ${input.values.length} columns`);
    }
    // Nothing reads what it makes: it refuses what is unknown. A missing value is not invalid.
    const categories = lists.map((list) => categoriesOf(list, step).concat(null));
    input.values.forEach((value, at) => {
      const [first = null] = categories[at]!;
      if (first !== null) {
        const type = typeof first === 'string' ? 'text' : (typeof first as 'number' | 'boolean');
        context.builder.need(value, type, step.place);
      }
    });
    context.builder.oneHot(input.values, categories, 'reject', step.place);
  }
  return withoutMissing(step, input, context);
}

/** MultiDomain: a domain, or nothing, for each column. */
export function importMultiDomain(step: Estimator, input: Block, context: StepContext): Block {
  const domains = step.list('domains');
  if (domains.length !== input.values.length) {
    step.refuse(`has ${domains.length} domains for ${input.values.length} columns`);
  }
  const values = domains.flatMap((domain, at) => {
    const block = { values: [input.values[at]!], sparse: false };
    if (domain === null) return block.values;
    return context.step(domain, `${step.place}.domains[${at}]`, block).values;
  });
  return { values, sparse: false };
}

function raisesInvalid(step: Estimator): boolean {
  if (step.has('dtype')) step.refuse('casts its columns (dtype), which is not understood');
  if (step.has('missing_values')) {
    step.refuse('takes other values than NaN for missing (missing_values)');
  }
  const treatment = step.get('invalid_value_treatment') ?? 'return_invalid';
  if (treatment === 'return_invalid') return true;
  if (treatment === 'as_is') return false;
  return step.refuse('replaces invalid values (invalid_value_treatment), which is not understood');
}

/** Missing values pass, are replaced, or raise. */
function withoutMissing(step: Estimator, input: Block, { builder }: StepContext): Block {
  if (step.get('missing_value_treatment') === 'return_invalid') {
    builder.requirePresent(input.values, 'reject');
    return input;
  }
  const fill = step.get('missing_value_replacement');
  if (fill === null) return input;
  if (!isCategory(fill)) step.refuse('replaces missing values by what is no number and no text');
  const fills = input.values.map(() => fill);
  for (const value of input.values) {
    builder.need(value, typeof fill === 'string' ? 'text' : 'number', step.place);
  }
  return { values: builder.impute(input.values, fills), sparse: input.sparse };
}

/** One bound for each column; a single column may have it as a bare number. */
function boundsOf(step: Estimator, name: string, count: number): readonly number[] {
  const value = step.get(name);
  const bounds = value instanceof NumpyArray ? [...numbersOf(value)] : [value];
  const numbers = bounds.filter((bound) => typeof bound === 'number' && Number.isFinite(bound));
  if (bounds.length !== count || numbers.length !== count) {
    step.refuse(`has a ${name} that does not hold a number for each of ${count} columns`);
  }
  return numbers as number[];
}

function categoriesOf(list: PickleValue, step: Estimator): (Category | null)[] {
  if (!(list instanceof NumpyArray)) return step.refuse('has categories that are not in an array');
  return itemsOf(list).map((item) =>
    isCategory(item) ? item : step.refuse('has a category that is no number and no text'),
  );
}

function isCategory(value: PickleValue): value is Category {
  return ['string', 'number', 'boolean'].includes(typeof value) && !Number.isNaN(value);
}
