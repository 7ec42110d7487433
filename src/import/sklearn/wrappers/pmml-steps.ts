import type { Global } from '../../python/pickle/values.ts';
import { importDataFrameMapper, importTransformerPipeline } from './data-frame-mapper.ts';
import { importContinuousDomain, importDiscreteDomain, importMultiDomain } from './domains.ts';
import type { Estimator } from '../read/estimator.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext, StepImporter } from '../read/step.ts';

/** Transformers of other libraries that stand around scikit-learn's, by library and class. */
const OTHERS: Readonly<Record<string, StepImporter>> = {
  'sklearn_pandas.DataFrameMapper': importDataFrameMapper,
  'sklearn_pandas.TransformerPipeline': importTransformerPipeline,
  'sklearn2pmml.AggregateTransformer': importAggregator,
  'sklearn2pmml.Aggregator': importAggregator,
  'sklearn2pmml.Alias': inside('transformer_'),
  'sklearn2pmml.CategoricalDomain': importDiscreteDomain,
  'sklearn2pmml.ContinuousDomain': importContinuousDomain,
  'sklearn2pmml.DataFrameConstructor': importConstructor,
  'sklearn2pmml.MultiAlias': inside('transformer_'),
  'sklearn2pmml.MultiDomain': importMultiDomain,
  'sklearn2pmml.OrdinalDomain': importDiscreteDomain,
  'sklearn2pmml.PowerFunctionTransformer': importWholePower,
  'sklearn2pmml.SelectorProxy': inside('selector'),
};

export function otherImporterOf({ module, name }: Global): StepImporter | null {
  const key = `${module.split('.', 1)[0]!}.${name}`;
  return Object.hasOwn(OTHERS, key) ? OTHERS[key]! : null;
}

/** Wrappers that hand everything to what is inside of them. */
function inside(attribute: string): StepImporter {
  return (step, input, context) =>
    context.step(step.get(attribute), `${step.place}.${attribute}`, input);
}

/** DataFrameConstructor gives columns names, which only their order counts for here. */
function importConstructor(step: Estimator, input: Block): Block {
  const columns = step.list('columns');
  if (columns.length !== input.values.length) {
    step.refuse(`names ${columns.length} of ${input.values.length} columns`);
  }
  return input;
}

/** numpy adds eight neighbours and more in another order than one by one. */
const AGGREGATED_MAX = 7;

/**
 * Aggregator (sklearn2pmml/preprocessing/__init__.py): the sum or mean of its columns. It passes over
 * missing values; a row with one is refused here.
 */
function importAggregator(step: Estimator, input: Block, { builder }: StepContext): Block {
  const name = step.get('function');
  const isMean = name === 'mean' || name === 'avg';
  if (!isMean && name !== 'sum') {
    step.refuse('combines its columns by a function that is not understood: use sum or mean');
  }
  const count = input.values.length;
  if (count === 0 || count > AGGREGATED_MAX) {
    step.refuse(`combines ${count} columns, where 1 to ${AGGREGATED_MAX} are understood`);
  }
  builder.require(input.values, 'reject', step.place);
  const weights = new Float64Array(count).fill(1);
  const sum = builder.stage(
    { kind: 'linear', inputs: input.values, weights, intercepts: new Float64Array(1) },
    step.place,
  );
  return { values: isMean ? builder.divide(sum, count, step.place) : sum, sparse: false };
}

/** PowerFunctionTransformer: numpy's power, where the exponent is 1, or 2, which it multiplies. */
function importWholePower(step: Estimator, input: Block, { builder }: StepContext): Block {
  const power = step.get('power');
  if (power === 1) return input;
  if (power !== 2) step.refuse('raises to another power than 1 or 2, which is not understood');
  const inputs = input.values.flatMap((value) => [value, value]);
  return { values: builder.stage({ kind: 'product', inputs }, step.place), sparse: input.sparse };
}
