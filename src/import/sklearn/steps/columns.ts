import { type PickleValue, kindOf } from '../../python/pickle/values.ts';
import { oldPositionsOf } from '../read/column-positions.ts';
import type { Estimator } from '../read/estimator.ts';
import { weighted } from './scaler.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/**
 * ColumnTransformer: every transformer gets its columns, and the results stand side by side. Columns may be
 * chosen by names, positions, slices, masks, negative positions or a function. Since 1.0 the fitted object keeps
 * their positions under the transformer's name; before, they are found again.
 */
export function importColumns(step: Estimator, input: Block, context: StepContext): Block {
  const weights = weightsOf(step);
  const positions = step.get('_transformer_to_input_indices');
  const values: number[] = [];
  step.list('transformers_').forEach((entry, at) => {
    const place = `${step.place}.transformers[${at}]`;
    const [name, transformer, chosen] = Array.isArray(entry) ? entry : [];
    if (typeof name !== 'string' || transformer === undefined) {
      step.refuse('has a transformer without a name and columns');
    }
    if (transformer === 'drop') return;
    const columns =
      positions instanceof Map
        ? positionsOf(positions.get(name), input, step, context)
        : oldPositionsOf(chosen ?? null, input, step, context);
    if (columns.length === 0) return;
    const block: Block = {
      values: columns.map((column) => input.values[column]!),
      sparse: input.sparse,
    };
    const result = transformer === 'passthrough' ? block : context.step(transformer, place, block);
    const weight = weights.get(name);
    const told = weight === undefined ? result : weighted(step, result, weight, context);
    for (const value of told.values) values.push(value);
  });
  return { values, sparse: step.flag('sparse_output_', false) };
}

/** Factors of the results of single transformers. */
export function weightsOf(step: Estimator): ReadonlyMap<PickleValue, number> {
  const weights = step.get('transformer_weights');
  if (weights === null) return new Map();
  if (!(weights instanceof Map)) step.refuse('has transformer_weights that are not understood');
  const given = [...weights].filter(([, weight]) => weight !== null);
  return new Map(
    given.map(([name, weight]) => {
      if (typeof weight === 'number' && Number.isFinite(weight)) return [name, weight];
      return step.refuse('has a transformer_weights that holds what is no number');
    }),
  );
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
