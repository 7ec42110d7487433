import { type Kind, checkFinite, checkLength } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { BallotsStage } from '../../stages.ts';
import { CANDIDATES_MAX } from './votes.ts';

export const ballots: Kind<BallotsStage> = {
  parameters: { weights: 'numbers', others: 'numbers', candidates: 'number' },
  parts(stage) {
    const { inputs, weights, others, candidates } = stage;
    for (const name of ['weights', 'others'] as const) {
      checkLength(stage, name, stage[name]);
      checkFinite(stage, name, stage[name]);
    }
    refuseUnless(
      Number.isSafeInteger(candidates) && candidates > 0 && candidates <= CANDIDATES_MAX,
      `A stage (ballots) has ${candidates} candidates; it may have 1 to ${CANDIDATES_MAX}.`,
    );
    const compute = (x: Float64Array, y: Float64Array): void => {
      y.fill(0);
      for (let at = 0; at < weights.length; at++) {
        for (let candidate = 0; candidate < candidates; candidate++) {
          y[candidate]! += candidate === x[at] ? weights[at]! : others[at]!;
        }
      }
    };
    return [{ inputs, results: candidates, compute }];
  },
};
