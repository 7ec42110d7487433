import type { Addon } from '../forest/addon.ts';
import { encodedSample } from '../model/golden/golden.ts';
import type { BuiltForests } from '../model/golden/verified-forests.ts';
import type { Model } from '../model/model.ts';
import type { Plan } from '../model/plan/plan.ts';
import { timeForests } from '../model/plan/scorers.ts';

/** Timed runs over the sample: an odd number has a median, and nine take some milliseconds. */
const TIMED_RUNS = 9;
/**
 * The head runs for so long before it is timed, because V8 compiles it while it runs; less where the forests
 * cost so much more that the difference does not matter.
 */
const WARM_UP_MS_MAX = 10;
const NEGLIGIBLE_SHARE = 0.05;

const NS_PER_MS = 1e6;

/** Nanoseconds from an encoded row to the numbers of its answer. Only where a batch is scored depends on it. */
export interface RowCost {
  readonly nsPerRow: number;
  /** The part of it in which several threads can share the rows: that of the forests. */
  readonly forestNsPerRow: number;
}

/** Medians on the model's own sample. */
export function measureRow(addon: Addon, built: BuiltForests, model: Model, plan: Plan): RowCost {
  const { forests, scorer } = built;
  const { rows, ...encoded } = encodedSample(model, plan);
  const first = median(timeForests(addon, forests, rows, encoded, TIMED_RUNS));
  const raw = new Float64Array(rows * plan.rawWidth);
  scorer.scoreFirst(rows, encoded, raw);
  const runHead = (): HeadTime => {
    let inForests = 0;
    const whole = timed(() =>
      plan.head.run(rows, encoded, raw, (...call) => {
        inForests += timed(() => scorer.scoreInHead(...call));
      }),
    );
    return { whole, inForests };
  };
  const head = timeHead(runHead, first * NEGLIGIBLE_SHARE);
  return {
    nsPerRow: (first + head.whole) / rows,
    forestNsPerRow: (first + head.inForests) / rows,
  };
}

interface HeadTime {
  readonly whole: number;
  readonly inForests: number;
}

function timeHead(run: () => HeadTime, negligible: number): HeadTime {
  const end = performance.now() + WARM_UP_MS_MAX;
  while (run().whole > negligible && performance.now() < end);
  const runs = Array.from({ length: TIMED_RUNS }, run);
  return {
    whole: median(Float64Array.from(runs, ({ whole }) => whole)),
    inForests: median(Float64Array.from(runs, ({ inForests }) => inForests)),
  };
}

function timed(call: () => void): number {
  const start = performance.now();
  call();
  return (performance.now() - start) * NS_PER_MS;
}

function median(times: Float64Array): number {
  return times.toSorted()[times.length >> 1]!;
}
