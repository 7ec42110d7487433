import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import type { PickleValue } from '../../python/pickle/values.ts';
import type { PipelineBuilder } from '../../build/pipeline-builder.ts';
import type { Estimator } from '../read/estimator.ts';
import { numberTypeOf, wordOf } from '../read/parameters.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/**
 * KBinsDiscretizer: the number of the interval that a value falls in, or a column of 0 and 1 for each
 * (sklearn/preprocessing/_discretization.py). Until 1.0 a value just below an edge counted as on it.
 */
export function importDiscretizer(step: Estimator, input: Block, context: StepContext): Block {
  const { builder, version } = context;
  const encode = wordOf(step, 'encode', ['ordinal', 'onehot', 'onehot-dense']);
  const near = !isAtLeast(version, 1, 1);
  const single = step.has('dtype') && numberTypeOf(step, 'dtype', 1) === 'float32';
  if (near) {
    refuseSingle(step, input, context);
    if (single)
      step.refuse('bins float32 numbers the way it did before 1.1, which is not understood');
  }
  const inner = step
    .items('bin_edges_', input.values.length)
    .map((edges) => innerEdges(edges, step, builder));
  builder.require(input.values, 'reject', step.place, single ? 'float32' : 'float64');
  const inputs = single
    ? builder.stage({ kind: 'float32', inputs: input.values }, step.place)
    : input.values;
  const edges = Float64Array.from(inner.flatMap((each) => Array.from(each)));
  const counts = Uint32Array.from(inner, ({ length }) => length);
  const bins = builder.stage({ kind: 'interval', inputs, edges, counts, near }, step.place);
  const values =
    encode === 'ordinal' ? bins : builder.oneHot(bins, inner.map(intervalsOf), 'zeros', step.place);
  if (single || input.values.every((value) => builder.isSingle(value))) builder.markSingle(values);
  return { values, sparse: encode === 'onehot' };
}

/** The outermost edges do not matter: what lies beyond them belongs to the outermost intervals. */
function innerEdges(value: PickleValue, step: Estimator, builder: PipelineBuilder): Float64Array {
  if (!(value instanceof NumpyArray) || value.shape.length !== 1 || value.count < 2) {
    step.refuse('has bin_edges_ that are not understood');
  }
  builder.handOver(value.count);
  const edges = numbersOf(value).slice(1, -1);
  const ascends = edges.every(
    (edge, at) => Number.isFinite(edge) && (at === 0 || edges[at - 1]! <= edge),
  );
  if (!ascends) step.refuse('has bin_edges_ that are not in ascending order');
  return edges;
}

function intervalsOf(inner: Float64Array): number[] {
  return Array.from({ length: inner.length + 1 }, (_, at) => at);
}
