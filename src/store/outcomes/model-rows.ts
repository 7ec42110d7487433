import type { ModelRows } from '../../ops/metrics.ts';

/** The outcomes by model, for metrics; a model whose rows are no neighbours comes more than once. */
export function modelRows(outcomes: readonly { readonly modelName: string }[]): ModelRows[] {
  const found: ModelRows[] = [];
  let start = 0;
  for (let at = 1; at <= outcomes.length; at++) {
    const model = outcomes[start]!.modelName;
    if (outcomes[at]?.modelName === model) continue;
    found.push({ model, rows: at - start });
    start = at;
  }
  return found;
}
