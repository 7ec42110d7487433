import { NumpyArray } from '../../python/pickle/array.ts';
import { itemsOf } from '../../python/pickle/elements.ts';
import type { PickleValue } from '../../python/pickle/values.ts';
import type { Estimator } from '../read/estimator.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/**
 * DataFrameMapper of sklearn_pandas (dataframe_mapper.py): every transformer gets the columns of the
 * table that it names, and the results stand side by side.
 */
export function importDataFrameMapper(step: Estimator, input: Block, context: StepContext): Block {
  if (step.get('default') !== false) {
    step.refuse('takes columns that it does not name (default): name all of them in its features');
  }
  const blocks = featuresOf(step).map(({ columns, transformers }, at) => {
    const place = `${step.place}.features[${at}]`;
    context.builder.handOver(columns.length);
    const values = columns.map((name) => {
      const field = context.builder.fieldNamed(name);
      // Names belong to the table: behind another step there are none.
      if (field === null || input.values[field] !== field) {
        step.refuse(`takes the column ${JSON.stringify(name)}, which the table does not have`);
      }
      return field;
    });
    return through(transformers, place, { values, sparse: false }, context);
  });
  const sparse = step.flag('sparse', false) && blocks.some((block) => block.sparse);
  return { values: blocks.flatMap(({ values }) => values), sparse };
}

/** TransformerPipeline of sklearn_pandas: a Pipeline of transformers alone. */
export function importTransformerPipeline(
  step: Estimator,
  input: Block,
  context: StepContext,
): Block {
  const steps = step.list('steps').map((entry) => (Array.isArray(entry) ? entry[1]! : null));
  return through(steps, `${step.place}.steps`, input, context);
}

export interface MappedFeature {
  readonly columns: readonly string[];
  readonly transformers: PickleValue;
}

/** As they were built; `features` holds the same transformers as they were given. */
export function featuresOf(step: Estimator): MappedFeature[] {
  const built = step.get('built_features');
  const features = Array.isArray(built) ? built : step.list('features');
  return features.map((entry) => {
    if (!Array.isArray(entry) || entry.length < 2) {
      return step.refuse('has a feature without columns and a transformer');
    }
    return { columns: columnsOf(entry[0]!, step), transformers: entry[1]! };
  });
}

function columnsOf(value: PickleValue, step: Estimator): readonly string[] {
  if (typeof value === 'string') return [value];
  const names = value instanceof NumpyArray ? itemsOf(value) : value;
  if (!Array.isArray(names)) return step.refuse('chooses columns by something else than names');
  return (names as readonly PickleValue[]).map((name) => {
    if (typeof name === 'string') return name;
    return step.refuse('names a column by something else than a text');
  });
}

/** One transformer, a list of them, or none. */
function through(value: PickleValue, place: string, input: Block, context: StepContext): Block {
  if (value === null) return input;
  if (!Array.isArray(value)) return context.step(value, place, input);
  return value.reduce<Block>(
    (block, inner, at) => (inner === null ? block : context.step(inner, `${place}[${at}]`, block)),
    input,
  );
}
