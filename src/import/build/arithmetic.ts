import type { PipelineBuilder } from './pipeline-builder.ts';

/** 1 - x for each of the values. */
export function complement(
  inputs: readonly number[],
  builder: PipelineBuilder,
  place: string,
): number[] {
  // -x + 1 is the same double.
  return scaled(inputs, { factor: -1, shift: 1 }, builder, place);
}

/** x * factor, then + shift, each only where it is given. */
export function scaled(
  inputs: readonly number[],
  { factor, shift }: { readonly factor?: number; readonly shift?: number },
  builder: PipelineBuilder,
  place: string,
): number[] {
  const list = (number: number | undefined): Float64Array | null =>
    number === undefined ? null : new Float64Array(inputs.length).fill(number);
  return builder.stage(
    {
      kind: 'scale',
      inputs,
      offsets: null,
      divisors: null,
      factors: list(factor),
      shifts: list(shift),
    },
    place,
  );
}

/** The sum of each list of values times their weights, one after the other: numpy's order along its outer axis. */
export function weightedSums(
  lists: readonly (readonly number[])[],
  weights: Float64Array,
  builder: PipelineBuilder,
  place: string,
): number[] {
  const intercepts = new Float64Array(1);
  return lists.flatMap((inputs) =>
    builder.stage({ kind: 'linear', inputs, weights, intercepts }, place),
  );
}

/** Lists of equal length, one for each weight, summed position by position. */
export function columnSums(
  lists: readonly (readonly number[])[],
  weights: Float64Array,
  builder: PipelineBuilder,
  place: string,
): number[] {
  const [first = []] = lists;
  // One list may stand for many, and then these are more than a file says.
  builder.handOver(lists.length * first.length);
  const columns = first.map((_, at) => lists.map((list) => list[at]!));
  return weightedSums(columns, weights, builder, place);
}

/** Numbers that every row gets alike. */
export function constants(
  numbers: readonly number[],
  builder: PipelineBuilder,
  place: string,
): number[] {
  return builder.stage(
    {
      kind: 'linear',
      inputs: [],
      weights: new Float64Array(0),
      intercepts: Float64Array.from(numbers),
    },
    place,
  );
}
