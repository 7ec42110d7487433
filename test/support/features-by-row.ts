import type { Kind } from '../../src/model/kinds/kind.ts';
import { KINDS } from '../../src/model/kinds/table.ts';
import type { Model } from '../../src/model/model.ts';
import type { Stage } from '../../src/model/stages.ts';
import { categoryKey } from '../../src/schema/encode.ts';
import type { Category } from '../../src/schema/fields.ts';

type Value = Category | null;
type Named<K extends Stage['kind']> = Extract<Stage, { kind: K }>;

/**
 * One row as it reaches the trees, computed stage by stage. The plan turns most of this into tables and cut
 * points, which hide it.
 */
export function featuresByRow({ stages }: Model, row: readonly Value[]): number[] {
  const values: Value[] = [...row];
  for (const stage of stages) {
    const inputs = stage.inputs.map((input) => values[input]!);
    if (stage.kind === 'trees') return inputs.map(numberOf);
    values.push(...resultsOf(stage, inputs, values));
  }
  throw new Error('the model has no trees');
}

function resultsOf(
  stage: Exclude<Stage, { kind: 'trees' }>,
  inputs: readonly Value[],
  values: readonly Value[],
): readonly Value[] {
  const { kind } = stage;
  if (kind === 'require') return [];
  if (kind === 'lookup') return lookedUp(stage, inputs);
  if (kind === 'impute') {
    return inputs.map((value, at) => (isMissing(value) ? stage.fills[at]! : value));
  }
  if (kind === 'replace') {
    return inputs.map((value, at) => (isSame(value, stage.from[at]!) ? stage.to[at]! : value));
  }
  if (kind === 'oneHot') {
    return inputs.flatMap((value, at) =>
      stage.categories[at]!.map((category) => (isSame(value, category) ? 1 : 0)),
    );
  }
  return computed(stage, values);
}

function lookedUp(stage: Named<'lookup'>, inputs: readonly Value[]): number[] {
  let first = 0;
  return inputs.map((value, at) => {
    const list = stage.categories[at]!;
    const found = list.findIndex((category) => isSame(value, category));
    const number = found < 0 ? stage.others[at]! : stage.numbers[first + found]!;
    first += list.length;
    return number;
  });
}

function computed(stage: Stage, values: readonly Value[]): number[] {
  const { parts } = KINDS[stage.kind] as Kind<Stage>;
  return parts(stage).flatMap((part) => {
    const results = new Float64Array(part.results);
    part.compute(
      Float64Array.from(part.inputs, (input) => numberOf(values[input]!)),
      results,
    );
    return Array.from(results);
  });
}

function isMissing(value: Value): boolean {
  return value === null || Number.isNaN(value);
}

function isSame(value: Value, category: Value): boolean {
  if (value === null || category === null || isMissing(value)) {
    return isMissing(value) && isMissing(category);
  }
  return categoryKey(value) === categoryKey(category);
}

function numberOf(value: Value): number {
  return value === null ? Number.NaN : Number(value);
}
