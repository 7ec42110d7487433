import {
  importCategories,
  metCategories,
  placesAfterGrouping,
  rejectUnknown,
} from './categories.ts';
import type { Estimator } from '../read/estimator.ts';
import { numberTypeOf, wordOf } from '../read/parameters.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** OrdinalEncoder: the position of the category, with numbers of one's own for unknown and missing ones. */
export function importOrdinal(step: Estimator, input: Block, context: StepContext): Block {
  const handling = step.has('handle_unknown')
    ? wordOf(step, 'handle_unknown', ['error', 'use_encoded_value'])
    : 'error';
  const unknown = handling === 'error' ? Number.NaN : encoded(step, 'unknown_value');
  // Until 1.1 a missing value stayed one.
  const missing = step.has('encoded_missing_value')
    ? encoded(step, 'encoded_missing_value')
    : Number.NaN;
  const lists = importCategories(step, input, context);
  const numbers = lists.map(({ known, endsWithNaN }, at) => {
    const places = placesAfterGrouping(step, at, endsWithNaN ? known.length - 1 : known.length);
    return known.flatMap((category, of) => {
      if (category === undefined) return [];
      return category === null && endsWithNaN ? [missing] : [places?.[of] ?? of];
    });
  });
  const plain = input.values.every((value) => context.builder.isSent(value));
  if (handling === 'error' && !plain) {
    const known = lists.map((list) => list.known);
    rejectUnknown(step, input, known, context);
  }
  const values = context.builder.lookup(
    {
      inputs: input.values,
      categories: lists.map(({ known }) => metCategories(known)),
      numbers: Float64Array.from(numbers.flat()),
      unknown: handling === 'error' && plain ? 'reject' : 'others',
      others: new Float64Array(lists.length).fill(unknown),
    },
    step.place,
  );
  const largest = lists.reduce((most, { known }) => Math.max(most, known.length), 0);
  const type = numberTypeOf(step, 'dtype', largest);
  if (type === 'float32') return { values: rounded(values, step, context), sparse: false };
  return { values, sparse: false };
}

function encoded(step: Estimator, name: string): number {
  const value = step.get(name);
  if (typeof value !== 'number') step.refuse(`has a ${name} that is not a number`);
  return value;
}

function rounded(values: readonly number[], step: Estimator, { builder }: StepContext): number[] {
  const results = builder.stage({ kind: 'float32', inputs: values }, step.place);
  builder.markSingle(results);
  return results;
}
