import type { Ensemble, Model } from '../../src/model/model.ts';
import type { Stage, StageKind } from '../../src/model/stages.ts';
import type { Category } from '../../src/schema/fields.ts';

/**
 * The meaning of a model, as directly as it can be written: one row, one stage, one node at a time. It
 * judges importers without the plan, and the plan without any of its code.
 */
export type Value = Category | null;

/** A row for which the source library raises. */
export class Raised extends Error {}

export interface AnswerByRow {
  /** The results of the trees that stand after no others. */
  readonly raw: readonly number[];
  readonly predictions: readonly Category[];
  readonly probabilities: readonly (readonly number[])[] | null;
  readonly scores: Readonly<Record<string, readonly number[]>> | null;
  /** Every number of the answer, in its order. */
  readonly told: readonly number[];
}

/** The kinds that are judged here: others have tests of their own. */
export function isJudged({ stages }: Model): boolean {
  return stages.every(({ kind }) => Object.hasOwn(RUN, kind));
}

/** @throws {Raised} where the source library raises. */
export function answerByRow(model: Model, row: readonly Value[]): AnswerByRow {
  const values: Value[] = [...row];
  const raw: number[] = [];
  const afterTrees = new Set<number>();
  for (const stage of model.stages) {
    const inputs = stage.inputs.map((input) => values[input]!);
    const results = RUN[stage.kind]!(stage as never, inputs, model);
    const isAfter = stage.inputs.some((input) => afterTrees.has(input));
    if (stage.kind === 'trees' && !isAfter) raw.push(...results.map(toNumber));
    for (const result of results) {
      if (isAfter || stage.kind === 'trees') afterTrees.add(values.length);
      values.push(result);
    }
  }
  return { raw, ...answer(model, values.map(toNumber)) };
}

function answer({ answer: { outputs, scores } }: Model, values: readonly number[]) {
  const numbersOf = (list: readonly number[]): number[] => list.map((value) => values[value]!);
  const probabilities = outputs.flatMap((output) =>
    output.kind === 'class' && output.probabilities !== null
      ? [numbersOf(output.probabilities)]
      : [],
  );
  const told = outputs.flatMap((output) =>
    output.kind === 'number'
      ? [values[output.value]!]
      : [values[output.index]!, ...numbersOf(output.probabilities ?? [])],
  );
  return {
    predictions: outputs.map((output) =>
      output.kind === 'number' ? values[output.value]! : output.labels[values[output.index]!]!,
    ),
    probabilities: probabilities.length === 0 ? null : probabilities,
    scores:
      scores.length === 0
        ? null
        : Object.fromEntries(scores.map(({ name, values: list }) => [name, numbersOf(list)])),
    told: [...told, ...scores.flatMap((score) => numbersOf(score.values))],
  };
}

type Run<K extends StageKind> = (
  stage: Extract<Stage, { kind: K }>,
  inputs: readonly Value[],
  model: Model,
) => readonly Value[];

const RUN: { readonly [K in StageKind]?: Run<K> } = {
  impute: ({ fills }, inputs) => inputs.map((value, at) => (isMissing(value) ? fills[at]! : value)),

  scale: ({ offsets, divisors, factors, shifts }, inputs) =>
    inputs.map((value, at) => {
      let x = toNumber(value);
      if (offsets !== null) x -= offsets[at]!;
      if (divisors !== null) x /= divisors[at]!;
      if (factors !== null) x *= factors[at]!;
      if (shifts !== null) x += shifts[at]!;
      return x;
    }),

  oneHot: ({ categories, unknown }, inputs) =>
    inputs.flatMap((value, at) => {
      const hot = categories[at]!.map((category) => (same(category, value) ? 1 : 0));
      if (unknown === 'reject' && !hot.includes(1)) throw new Raised('unknown category');
      return hot;
    }),

  lookup: ({ categories, numbers, unknown, others }, inputs) => {
    let first = 0;
    return inputs.map((value, at) => {
      const list = categories[at]!;
      const own = numbers.subarray(first, (first += list.length));
      const found = list.findIndex((category) => same(category, value));
      if (found < 0 && unknown === 'reject') throw new Raised('unknown category');
      return found < 0 ? others[at]! : own[found]!;
    });
  },

  linear: ({ weights, intercepts }, inputs) =>
    Array.from(intercepts, (intercept, result) => {
      const products = inputs.map(
        (value, at) => toNumber(value) * weights[result * inputs.length + at]!,
      );
      return products.reduce((sum, product) => sum + product, 0) + intercept;
    }),

  argmax: (_, inputs) => {
    const numbers = inputs.map(toNumber);
    const missing = numbers.findIndex(Number.isNaN);
    return [missing >= 0 ? missing : numbers.indexOf(Math.max(...numbers))];
  },

  require: ({ missing, type }, inputs) => {
    for (const value of inputs) proveFinite(toNumber(value), type, missing === 'accept');
    return [];
  },

  trees: (stage, inputs, { ensembles }) => rawScores(ensembles[stage.ensemble]!, inputs),
};

function rawScores(ensemble: Ensemble, inputs: readonly Value[]): number[] {
  const { featureType, comparison, outputs, treeOutputs } = ensemble;
  const features = inputs.map((value) =>
    proveFinite(toNumber(value), featureType, ensemble.missing === 'nodes'),
  );
  const rounded = (sum: number): number => (ensemble.sums === 'float32' ? Math.fround(sum) : sum);
  const sums = Array.from(ensemble.base, rounded);
  const add = (output: number, value: number): void => {
    sums[output] = rounded(sums[output]! + value);
  };
  ensemble.roots.forEach((root, tree) => {
    let node = root;
    while (node >= 0) {
      const x = features[ensemble.feature[node]!]!;
      const threshold = ensemble.threshold[node]!;
      const below = comparison === '<=' ? x <= threshold : x < threshold;
      const left = Number.isNaN(x) ? ensemble.missingLeft[node] === 1 : below;
      node = left ? ensemble.left[node]! : ensemble.right[node]!;
    }
    const leaf = ~node;
    if (treeOutputs.length > 0) add(treeOutputs[tree]!, ensemble.leafValues[leaf]!);
    else sums.forEach((_, at) => add(at, ensemble.leafValues[leaf * outputs + at]!));
  });
  return sums;
}

function proveFinite(value: number, type: 'float32' | 'float64', missingToo: boolean): number {
  const x = type === 'float32' ? Math.fround(value) : value;
  if (Number.isNaN(x) ? !missingToo : !Number.isFinite(x)) throw new Raised(`not taken: ${x}`);
  return x;
}

function same(category: Value, value: Value): boolean {
  if (isMissing(category) || isMissing(value)) return isMissing(category) && isMissing(value);
  if (typeof category === 'string' || typeof value === 'string') return category === value;
  return Number(category) === Number(value);
}

function isMissing(value: Value): boolean {
  return value === null || Number.isNaN(value);
}

function toNumber(value: Value): number {
  return value === null ? Number.NaN : Number(value);
}
