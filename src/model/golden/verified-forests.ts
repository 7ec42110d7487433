import type { Addon } from '../../forest/addon.ts';
import { type ForestUse, scoreForests, scoreSideBySide } from '../../forest/score-forests.ts';
import { type Scorer, verifyGolden } from './golden.ts';
import type { Model } from '../model.ts';
import type { Plan, PlannedForest } from '../plan/plan.ts';
import { refuse } from '../refuse.ts';

/** The native forests of a model. Whoever holds this owns one use of each until `close`. */
export interface BuiltForests extends Scorer {
  /** Those that read encoded rows. */
  readonly forests: readonly ForestUse[];
  readonly headForests: readonly ForestUse[];
  /** Gives the forests back; twice is once. */
  readonly close: () => void;
}

/** Builds the model's forests and proves them on the golden rows; where it is refused, nothing is left. */
export function buildVerifiedForests(model: Model, plan: Plan, addon: Addon): BuiltForests {
  const built: ForestUse[] = [];
  const close = (): void => {
    for (const { handle } of built.splice(0)) addon.releaseForest(handle);
  };
  const build = ({ spec, outputs }: PlannedForest): ForestUse => {
    const use = { handle: asRefusal(() => addon.buildForest(spec)), outputs };
    built.push(use);
    return use;
  };
  try {
    const forests = plan.forests.map(build);
    const headForests = plan.headForests.map(build);
    const scorer: Scorer = {
      scoreRows: (rows, encoded, raw) => scoreForests(addon, forests, rows, encoded, raw),
      scoreInHead: (forest, rows, { numbers, codes }, raw) =>
        addon.scoreRows(headForests[forest]!.handle, rows, numbers, codes, raw),
    };
    verifyGolden(model, plan, scorer);
    return { ...scorer, forests, headForests, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The slow road, which judges every other. */
export function referenceScorer(addon: Addon, { forests, headForests }: Plan): Scorer {
  return {
    scoreRows: (rows, { numbers, codes }, raw) =>
      scoreSideBySide(
        forests.map(({ outputs }) => outputs),
        rows,
        raw,
        (at, into) =>
          asRefusal(() => addon.scoreReference(forests[at]!.spec, rows, numbers, codes, into)),
      ),
    scoreInHead: (forest, rows, { numbers, codes }, raw) =>
      asRefusal(() => addon.scoreReference(headForests[forest]!.spec, rows, numbers, codes, raw)),
  };
}

/** What the addon's builder refuses is the model's fault, not the caller's. */
function asRefusal<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'FOREST_INVALID') {
      throw error;
    }
    return refuse(`The model's trees cannot be used: ${error.message}`, error);
  }
}
