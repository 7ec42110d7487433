import type { Ensemble, Model, PipelineStage } from '../../src/model/model.ts';
import type { Category } from '../../src/schema/fields.ts';

/**
 * The meaning of a model, as directly as it can be written: one row, one value, one node at a time. It
 * judges importers without the plan and the addon, whose own tests have their own judges.
 */
export type Value = Category | null;

/** A row for which the source library raises. */
export class Raised extends Error {}

export interface Answer {
  readonly raw: number[];
  readonly outputs: number[];
  readonly predictions: Category[];
}

export function evaluate(model: Model, row: readonly Value[]): Answer {
  const values: Value[] = [...row];
  for (const stage of model.pipeline.stages) values.push(...runStage(stage, values));
  const features = model.pipeline.features.map((value) => toNumber(values[value]!));
  const [ensemble] = model.ensembles;
  const raw = rawScores(ensemble!, features);
  return { raw, ...runHead(model, raw) };
}

function runStage(stage: PipelineStage, values: readonly Value[]): Value[] {
  const inputs = stage.inputs.map((input) => values[input]!);
  switch (stage.kind) {
    case 'impute':
      return inputs.map((value, at) => (isMissing(value) ? stage.fills[at]! : value));
    case 'scale':
      return inputs.map((value, at) => {
        const shifted = toNumber(value) - (stage.offsets?.[at] ?? 0);
        return stage.divisors === null ? shifted : shifted / stage.divisors[at]!;
      });
    case 'oneHot':
      return inputs.flatMap((value, at) => {
        const categories = stage.categories[at]!;
        const found = categories.indexOf(isMissing(value) ? null : value);
        if (found < 0 && stage.unknown === 'reject') throw new Raised('unknown category');
        return categories.map((_, category) => (category === found ? 1 : 0));
      });
  }
}

function rawScores(ensemble: Ensemble, features: readonly number[]): number[] {
  const row = features.map((feature) => {
    const rounded = Math.fround(feature);
    if (Number.isNaN(rounded) ? ensemble.missing === 'reject' : !Number.isFinite(rounded)) {
      throw new Raised('not a number that the trees take');
    }
    return rounded;
  });
  const sums = Array.from(ensemble.base);
  for (const root of ensemble.roots) {
    let node = root;
    while (node >= 0) {
      const value = row[ensemble.feature[node]!]!;
      const left = Number.isNaN(value)
        ? ensemble.missingLeft[node] === 1
        : value <= ensemble.threshold[node]!;
      node = left ? ensemble.left[node]! : ensemble.right[node]!;
    }
    for (let at = 0; at < sums.length; at++) {
      sums[at]! += ensemble.leafValues[~node * sums.length + at]!;
    }
  }
  return sums;
}

function runHead(model: Model, raw: readonly number[]): Omit<Answer, 'raw'> {
  let outputs = [...raw];
  let predictions: Category[] | null = null;
  for (const stage of model.head) {
    if (stage.kind === 'average') {
      outputs = outputs.map((sum) => sum / stage.divisor);
    } else {
      const averaged = outputs;
      predictions = stage.labels.map((labels, output) => {
        const scores = labels.map((_, at) => averaged[output * stage.stride + at]!);
        return labels[scores.indexOf(Math.max(...scores))]!;
      });
    }
  }
  return { outputs, predictions: predictions ?? outputs };
}

function isMissing(value: Value): boolean {
  return value === null || Number.isNaN(value);
}

function toNumber(value: Value): number {
  return value === null ? Number.NaN : Number(value);
}
