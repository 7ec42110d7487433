import { type PickleValue, kindOf } from '../pickle/values.ts';
import type { Estimator } from './estimator.ts';
import type { Block, StepContext } from './step.ts';

/**
 * ColumnTransformer: every transformer gets its columns, and the results stand side by side. Whatever
 * way the columns were chosen (names, positions, slices, masks, negative positions, a function), the
 * fitted object keeps their positions under the transformer's name.
 */
export function importColumns(step: Estimator, input: Block, context: StepContext): Block {
  if (step.has('transformer_weights')) {
    step.refuse('weights its transformers (transformer_weights), which is not understood yet');
  }
  const positions = step.get('_transformer_to_input_indices');
  if (!(positions instanceof Map)) step.refuse('does not say which columns its transformers take');
  const values: number[] = [];
  step.list('transformers_').forEach((entry, at) => {
    const place = `${step.place}.transformers[${at}]`;
    const [name, transformer] = Array.isArray(entry) ? entry : [];
    if (transformer === undefined) step.refuse('has a transformer without a name and columns');
    if (transformer === 'drop') return;
    const columns = positionsOf(positions.get(name!), input, step, context);
    if (columns.length === 0) return;
    const block: Block = {
      values: columns.map((column) => input.values[column]!),
      sparse: input.sparse,
    };
    const result = transformer === 'passthrough' ? block : context.step(transformer, place, block);
    for (const value of result.values) values.push(value);
  });
  return { values, sparse: step.flag('sparse_output_', false) };
}

function positionsOf(
  value: PickleValue | undefined,
  input: Block,
  step: Estimator,
  { builder }: StepContext,
): readonly number[] {
  if (!Array.isArray(value)) step.refuse(`keeps ${kindOf(value)} for the columns of a transformer`);
  builder.handOver(value.length);
  return value.map((position) => {
    if (typeof position !== 'number' || !Object.hasOwn(input.values, position)) {
      step.refuse('takes a column that is not there');
    }
    return position;
  });
}
