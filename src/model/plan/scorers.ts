import type { Addon } from '../../forest/addon.ts';
import { type ForestUse, scoreForests, scoreSideBySide } from '../../forest/score-forests.ts';
import type { RowBuffers } from '../../schema/encode.ts';
import { byAddon } from '../refuse.ts';
import type { Scorer } from './answering.ts';
import type { Plan } from './plan.ts';

/** The native forests of a model, each used as long as the model is. */
export interface Forests {
  /** Those that read encoded rows, in the order of their raw scores. */
  readonly forests: readonly ForestUse[];
  /** Those that read what the head has computed, in the order in which it asks them. */
  readonly headForests: readonly ForestUse[];
}

/** The fast road; up to `threads` threads share the rows of each call. */
export function kernelScorer(
  addon: Pick<Addon, 'scoreRows' | 'scoreRowsByThreads'>,
  { forests, headForests }: Forests,
  threads = 1,
): Scorer {
  const score: Addon['scoreRows'] =
    threads === 1
      ? (handle, rows, numbers, codes, raw) => addon.scoreRows(handle, rows, numbers, codes, raw)
      : (...call) => addon.scoreRowsByThreads(...call, threads);
  return {
    scoreFirst: (rows, encoded, raw) => scoreForests(score, forests, rows, encoded, raw),
    scoreInHead: (forest, rows, { numbers, codes }, raw) =>
      score(headForests[forest]!.handle, rows, numbers, codes, raw),
  };
}

/** The slow road, which judges every other. */
export function referenceScorer(
  addon: Pick<Addon, 'scoreReference'>,
  { forests, headForests }: Pick<Plan, 'forests' | 'headForests'>,
): Scorer {
  const score = (
    { spec }: Plan['forests'][number],
    rows: number,
    { numbers, codes }: RowBuffers,
    raw: Float64Array,
  ): void => byAddon(() => addon.scoreReference(spec, rows, numbers, codes, raw));
  const outputs = forests.map((forest) => forest.outputs);
  return {
    scoreFirst: (rows, encoded, raw) =>
      scoreSideBySide(outputs, rows, raw, (at, into) => score(forests[at]!, rows, encoded, into)),
    scoreInHead: (forest, rows, encoded, raw) => score(headForests[forest]!, rows, encoded, raw),
  };
}

/** Nanoseconds of the native clock for each of `runs` runs of the forests, one after the other. */
export function timeForests(
  addon: Pick<Addon, 'timeRows'>,
  forests: readonly ForestUse[],
  rows: number,
  { numbers, codes }: RowBuffers,
  runs: number,
): Float64Array {
  const sums = new Float64Array(runs);
  for (const { handle } of forests) {
    addon.timeRows(handle, rows, numbers, codes, runs).forEach((ns, run) => (sums[run]! += ns));
  }
  return sums;
}
