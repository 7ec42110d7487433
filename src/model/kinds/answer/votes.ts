import { type Kind, checkFinite, checkLength } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { VotesStage } from '../../stages.ts';

/** As many as a model may have values; each is a result. */
export const CANDIDATES_MAX = 1_000_000;

export const votes: Kind<VotesStage> = {
  parameters: { weights: 'numbers', candidates: 'number' },
  parts(stage) {
    const { inputs, weights, candidates } = stage;
    checkLength(stage, 'weights', weights);
    checkFinite(stage, 'weights', weights);
    refuseUnless(
      Number.isSafeInteger(candidates) && candidates > 0 && candidates <= CANDIDATES_MAX,
      `A stage (votes) has ${candidates} candidates; it may have 1 to ${CANDIDATES_MAX}.`,
    );
    const compute = (x: Float64Array, y: Float64Array): void => {
      y.fill(0);
      for (let at = 0; at < weights.length; at++) y[x[at]!]! += weights[at]!;
    };
    return [{ inputs, results: candidates, compute }];
  },
};
