import { type Kind } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { DuelsStage } from '../../stages.ts';

export const duels: Kind<DuelsStage> = {
  parameters: { candidates: 'number' },
  parts({ inputs, candidates }) {
    const pairs = inputs.length / 2;
    refuseUnless(
      Number.isSafeInteger(candidates) && pairs === (candidates * (candidates - 1)) / 2,
      `A stage (duels) has ${inputs.length} inputs for ${candidates} candidates.`,
    );
    const votes = new Float64Array(candidates);
    const compute = (x: Float64Array, y: Float64Array): void => {
      votes.fill(0);
      y.fill(0);
      let pair = 0;
      for (let low = 0; low < candidates; low++) {
        for (let high = low + 1; high < candidates; high++, pair++) {
          y[low]! -= x[pairs + pair]!;
          y[high]! += x[pairs + pair]!;
          votes[x[pair] === 0 ? low : high]! += 1;
        }
      }
      // Confidence may settle a tie of votes, and never more: it stays below a third.
      for (let at = 0; at < candidates; at++) {
        y[at] = votes[at]! + y[at]! / (3 * (Math.abs(y[at]!) + 1));
      }
    };
    return [{ inputs, results: candidates, compute }];
  },
};
