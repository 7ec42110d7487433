import { type Kind, checkFinite, checkLength, elementwise } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { InterpolateStage } from '../../stages.ts';
import { countAtOrBelow } from './search.ts';

export const interpolate: Kind<InterpolateStage> = {
  parameters: { points: 'numbers', values: 'numbers' },
  parts(stage) {
    const { inputs, points, values } = stage;
    refuseUnless(points.length > 0, 'A stage (interpolate) has no points.');
    checkLength(stage, 'values', values, points.length);
    checkFinite(stage, 'points', points);
    checkFinite(stage, 'values', values);
    refuseUnless(
      points.every((point, at) => at === 0 || points[at - 1]! <= point),
      'A stage (interpolate) has points that are not in ascending order.',
    );
    return elementwise(inputs, () => ({ compute: (x) => interpolated(x, points, values) }));
  },
};

/**
 * numpy's `interp`: along the line between the two points around x, the outermost value beyond them. A
 * point's own value is taken as it is: the line would have to be finite there.
 */
export function interpolated(x: number, points: Float64Array, values: Float64Array): number {
  if (Number.isNaN(x)) return x;
  const last = points.length - 1;
  const at = countAtOrBelow(points, x) - 1;
  if (at < 0) return values[0]!;
  if (at >= last || points[at] === x) return values[Math.min(at, last)]!;
  const slope = (values[at + 1]! - values[at]!) / (points[at + 1]! - points[at]!);
  return slope * (x - points[at]!) + values[at]!;
}
