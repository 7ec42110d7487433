import { type Kind, checkLength, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { IntervalStage } from '../../stages.ts';
import { countAtOrBelow } from './search.ts';

// The tolerances of numpy's isclose: the source added them to a value before looking it up.
const ABSOLUTE_NEARNESS = 1e-8;
const RELATIVE_NEARNESS = 1e-5;

export const interval: Kind<IntervalStage> = {
  parameters: { edges: 'numbers', counts: 'integers', near: 'flag' },
  parts(stage) {
    const { inputs, edges, counts, near } = stage;
    checkLength(stage, 'counts of edges', counts);
    checkLength(
      stage,
      'edges',
      edges,
      counts.reduce((sum, count) => sum + count, 0),
    );
    let first = 0;
    return elementwise(inputs, (at) => {
      const own = edges.subarray(first, (first += counts[at]!));
      for (let edge = 0; edge < own.length; edge++) {
        // Written so that NaN is refused as well.
        const inOrder = edge === 0 ? !Number.isNaN(own[0]!) : own[edge - 1]! <= own[edge]!;
        refuseUnless(inOrder, 'A stage (interval) has edges that are not in ascending order.');
      }
      return {
        compute: near
          ? (x) => countAtOrBelow(own, x + (ABSOLUTE_NEARNESS + RELATIVE_NEARNESS * Math.abs(x)))
          : (x) => countAtOrBelow(own, x),
      };
    });
  },
};
