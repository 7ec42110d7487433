import type { Answer } from '../../src/model/plan/head.ts';
import type { SklearnFixture, Tolerance } from './sklearn-fixtures.ts';

/** The library's answer to row number `row`, in the product's form. */
export function expectedAnswer(fixture: SklearnFixture, row: number): Answer {
  const { predictions, probabilities, scores } = fixture;
  return {
    predictions: [predictions[row]!].flat(),
    probabilities: probabilities?.[row] ?? null,
    scores:
      scores === null
        ? null
        : Object.fromEntries(Object.entries(scores).map(([name, rows]) => [name, rows[row]!])),
  };
}

/** True for equal answers: in labels and shape always, in numbers as far as the tolerance says. */
export function agree(seen: unknown, expected: unknown, tolerance: Tolerance): boolean {
  if (typeof seen === 'number' && typeof expected === 'number') {
    return Object.is(seen, expected) || isWithin(seen, expected, tolerance);
  }
  if (typeof seen !== 'object' || typeof expected !== 'object' || !seen || !expected) {
    return Object.is(seen, expected);
  }
  const [ours, theirs] = [seen, expected] as Record<string, unknown>[];
  const keys = Object.keys(theirs!);
  return (
    Object.keys(ours!).length === keys.length &&
    keys.every((key) => agree(ours![key], theirs![key], tolerance))
  );
}

function isWithin(a: number, b: number, tolerance: Tolerance): boolean {
  if (tolerance === null) return false;
  if ('ulps' in tolerance) {
    const apart = placeOf(a) - placeOf(b);
    return apart <= tolerance.ulps && -apart <= tolerance.ulps;
  }
  return Math.abs(a - b) <= tolerance.relative * Math.max(Math.abs(a), Math.abs(b));
}

const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);
const FIRST_NEGATIVE = -(2n ** 63n);

/** A double's place among all doubles in their order, relative to 0: neighbours differ by 1. */
function placeOf(x: number): bigint {
  float[0] = x;
  const place = bits[0]!;
  return place < 0n ? FIRST_NEGATIVE - place : place;
}

/** The double that is `steps` doubles further up. */
export function stepped(x: number, steps: number): number {
  const place = placeOf(x) + BigInt(steps);
  bits[0] = place < 0n ? FIRST_NEGATIVE - place : place;
  return float[0]!;
}
