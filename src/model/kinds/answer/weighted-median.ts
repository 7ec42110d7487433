import { type Kind, checkFinite, checkLength } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { WeightedMedianStage } from '../../stages.ts';

export const weightedMedian: Kind<WeightedMedianStage> = {
  parameters: { weights: 'numbers' },
  parts(stage) {
    const { inputs, weights } = stage;
    refuseUnless(inputs.length > 0, 'A stage (weightedMedian) has no inputs.');
    checkLength(stage, 'weights', weights);
    checkFinite(stage, 'weights', weights);
    const order = new Uint32Array(inputs.length);
    const spare = new Uint32Array(inputs.length);
    const compute = (x: Float64Array, y: Float64Array): void => {
      for (let at = 0; at < order.length; at++) order[at] = at;
      const sorted = sortBy(x, order, spare);
      y[0] = x[medianOf(sorted, weights)]!;
    };
    return [{ inputs, results: 1, compute }];
  },
};

/** The first, in this order, up to which the weights come to half of all: sums in the same order. */
function medianOf(order: Uint32Array, weights: Float64Array): number {
  let total = 0;
  for (let at = 0; at < order.length; at++) total += weights[order[at]!]!;
  let sum = 0;
  for (let at = 0; at < order.length; at++) {
    sum += weights[order[at]!]!;
    if (sum >= 0.5 * total) return order[at]!;
  }
  return order[0]!;
}

/** Merges ever longer runs, from one array to the other and back; returns the one that is sorted. */
function sortBy(x: Float64Array, order: Uint32Array, spare: Uint32Array): Uint32Array {
  let [from, to] = [order, spare];
  for (let run = 1; run < x.length; run *= 2) {
    for (let start = 0; start < x.length; start += 2 * run) {
      const middle = Math.min(start + run, x.length);
      const end = Math.min(start + 2 * run, x.length);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        const takeLeft = right >= end || (left < middle && x[from[left]!]! <= x[from[right]!]!);
        to[at] = takeLeft ? from[left++]! : from[right++]!;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
