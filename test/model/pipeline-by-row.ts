import type { FieldValue } from '../../src/core/rows.ts';
import type { Model, PipelineStage } from '../../src/model/model.ts';

/** The source library's way: the pipeline runs on a row's values, then every tree is walked. */
export function scoreByRow(model: Model, row: readonly FieldValue[]): number {
  const values = [...row];
  for (const stage of model.pipeline.stages) values.push(...runStage(stage, values));
  const [ensemble] = model.ensembles;
  const features = model.pipeline.features.map((value) => {
    const x = asFloat(values[value]!);
    return ensemble!.featureType === 'float32' ? Math.fround(x) : x;
  });
  let sum = ensemble!.base[0]!;
  for (const root of ensemble!.roots) {
    let at = root;
    while (at >= 0) {
      const x = features[ensemble!.feature[at]!]!;
      const threshold = ensemble!.threshold[at]!;
      const below = ensemble!.comparison === '<=' ? x <= threshold : x < threshold;
      const left = Number.isNaN(x) ? ensemble!.missingLeft[at] === 1 : below;
      at = left ? ensemble!.left[at]! : ensemble!.right[at]!;
    }
    sum += ensemble!.leafValues[~at]!;
  }
  return sum;
}

function runStage(stage: PipelineStage, values: readonly FieldValue[]): FieldValue[] {
  const inputs = stage.inputs.map((input) => values[input]!);
  switch (stage.kind) {
    case 'impute':
      return inputs.map((value, at) => (isMissing(value) ? stage.fills[at]! : value));
    case 'scale':
      return inputs.map((value, at) => {
        let x = asFloat(value);
        if (stage.offsets !== null) x -= stage.offsets[at]!;
        if (stage.divisors !== null) x /= stage.divisors[at]!;
        return x;
      });
    case 'oneHot':
      return inputs.flatMap((value, at) => {
        const hot = stage.categories[at]!.map((category) => (same(category, value) ? 1 : 0));
        if (stage.unknown === 'reject' && !hot.includes(1)) throw new Error('unknown category');
        return hot;
      });
  }
}

function same(category: FieldValue, value: FieldValue): boolean {
  if (category === null || isMissing(value)) return category === null && isMissing(value);
  if (typeof category === 'string' || typeof value === 'string') return category === value;
  return Number(category) === Number(value);
}

function isMissing(value: FieldValue): boolean {
  return value === null || Number.isNaN(value);
}

function asFloat(value: FieldValue): number {
  return value === null ? Number.NaN : Number(value);
}
