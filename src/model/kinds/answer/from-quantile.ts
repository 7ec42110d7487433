import { type Kind, checkFinite, checkLength, checkWord, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { FromQuantileStage } from '../../stages.ts';
import { interpolated } from '../preparation/interpolate.ts';
import { normalShare } from '../../numbers/normal-share.ts';

/** Shares so near to 0 and 1 stand for the outermost quantiles. */
const NEAR_BOUND = 1e-7;

export const fromQuantile: Kind<FromQuantileStage> = {
  parameters: { quantiles: 'numbers', references: 'numbers', input: 'text' },
  parts(stage) {
    const { inputs, quantiles, references, input } = stage;
    const length = references.length;
    checkWord(stage, 'input', input, ['uniform', 'normal']);
    refuseUnless(length > 0, 'A stage (fromQuantile) has no references.');
    checkLength(stage, 'quantiles', quantiles, length * inputs.length);
    checkFinite(stage, 'quantiles', quantiles);
    checkFinite(stage, 'references', references);
    return elementwise(inputs, (at) => {
      const own = quantiles.subarray(at * length, (at + 1) * length);
      const ofShare = (share: number): number => interpolated(share, references, own);
      const ofNormal = (x: number): number => {
        const share = normalShare(x);
        if (share - NEAR_BOUND < 0) return own[0]!;
        if (share + NEAR_BOUND > 1) return own[length - 1]!;
        return ofShare(share);
      };
      return { compute: input === 'uniform' ? ofShare : ofNormal };
    });
  },
};
