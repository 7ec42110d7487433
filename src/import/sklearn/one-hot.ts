import type { Category } from '../../schema/fields.ts';
import { NumpyArray } from '../pickle/array.ts';
import { itemsOf } from '../pickle/elements.ts';
import type { PickleValue } from '../pickle/values.ts';
import type { Estimator } from './estimator.ts';
import type { Block, StepContext } from './step.ts';

type CategoryType = 'number' | 'text' | 'boolean';

/** OneHotEncoder: one column of 0 and 1 for each category that training saw. */
export function importOneHot(step: Estimator, input: Block, { builder }: StepContext): Block {
  for (const parameter of ['drop', 'min_frequency', 'max_categories']) {
    if (step.has(parameter)) {
      step.refuse(`uses ${parameter}, which is not understood yet: fit it without`);
    }
  }
  const lists = step.list('categories_');
  if (lists.length !== input.values.length) {
    step.refuse(`has categories for ${lists.length} of ${input.values.length} columns`);
  }
  const categories = lists.map((list, at) => {
    if (!(list instanceof NumpyArray)) step.refuse('has categories that are not in an array');
    builder.handOver(list.count);
    const { values, type } = categoriesOf(itemsOf(list), step);
    if (type !== null) builder.need(input.values[at]!, type, step.place);
    return values;
  });
  const results = builder.oneHot(input.values, categories, unknownOf(step), step.place);
  // Named `sparse` before 1.2, and "deprecated" for a while after.
  const sparse = step.flag('sparse_output', step.flag('sparse', true));
  return { values: results, sparse };
}

/** Without infrequent categories, the other two ways of taking unknown ones give zeros as well. */
function unknownOf(step: Estimator): 'zeros' | 'reject' {
  const handling = step.get('handle_unknown');
  if (handling === 'error') return 'reject';
  if (handling === 'ignore' || handling === 'infrequent_if_exist' || handling === 'warn') {
    return 'zeros';
  }
  step.refuse('treats unknown categories in a way that is not understood (handle_unknown)');
}

function categoriesOf(
  items: readonly PickleValue[],
  step: Estimator,
): { values: (Category | null)[]; type: CategoryType | null } {
  const last = items.at(-1);
  const endsMissing = last === null || Number.isNaN(last);
  const known = (endsMissing ? items.slice(0, -1) : items).map((item) => categoryOf(item, step));
  const types = new Set(known.map(typeOf));
  if (types.size > 1)
    step.refuse('mixes text, numbers or truth values in the categories of a column');
  const [type = null] = types;
  return { values: endsMissing ? [...known, null] : known, type };
}

function categoryOf(item: PickleValue, step: Estimator): Category {
  if (item === null || Number.isNaN(item)) {
    step.refuse('tells None from NaN in one column, which a row cannot say');
  }
  if (typeof item === 'number' || typeof item === 'string' || typeof item === 'boolean')
    return item;
  step.refuse('has a category that is neither a number, a text nor true or false');
}

function typeOf(category: Category): CategoryType {
  if (typeof category === 'string') return 'text';
  return typeof category === 'number' ? 'number' : 'boolean';
}
