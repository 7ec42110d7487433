import { weightsOf } from './columns.ts';
import type { Estimator } from '../read/estimator.ts';
import { weighted } from './scaler.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** FeatureUnion: every transformer gets all columns, and the results stand side by side. */
export function importUnion(step: Estimator, input: Block, context: StepContext): Block {
  const weights = weightsOf(step);
  const blocks = step.list('transformer_list').flatMap((entry, at) => {
    const [name, transformer] = Array.isArray(entry) ? entry : [];
    if (name === undefined || transformer === undefined) {
      step.refuse('has a transformer without a name');
    }
    if (transformer === 'drop' || transformer === null) return [];
    const place = `${step.place}.transformer_list[${at}]`;
    const result = transformer === 'passthrough' ? input : context.step(transformer, place, input);
    const weight = weights.get(name);
    return [weight === undefined ? result : weighted(step, result, weight, context)];
  });
  return {
    values: blocks.flatMap(({ values }) => values),
    sparse: blocks.some(({ sparse }) => sparse),
  };
}
