import { type Kind, checkFinite, checkLength } from '../kind.ts';
import type { LinearStage } from '../../stages.ts';

export const linear: Kind<LinearStage> = {
  parameters: { weights: 'numbers', intercepts: 'numbers' },
  parts(stage) {
    const { inputs, weights, intercepts } = stage;
    checkLength(stage, 'weights', weights, inputs.length * intercepts.length);
    checkFinite(stage, 'weights', weights);
    checkFinite(stage, 'intercepts', intercepts);
    const compute = (x: Float64Array, y: Float64Array): void => {
      let weight = 0;
      for (let result = 0; result < intercepts.length; result++) {
        let sum = 0;
        for (let at = 0; at < inputs.length; at++) sum += x[at]! * weights[weight++]!;
        y[result] = sum + intercepts[result]!;
      }
    };
    return [{ inputs, results: intercepts.length, compute }];
  },
};
