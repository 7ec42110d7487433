import type { Addon } from '../../forest/addon.ts';
import type { ForestUse } from '../../forest/score-forests.ts';
import type { Model } from '../model.ts';
import type { Scorer } from '../plan/answering.ts';
import type { Plan, PlannedForest } from '../plan/plan.ts';
import { type Forests, kernelScorer } from '../plan/scorers.ts';
import { byAddon } from '../refuse.ts';
import { verifyGolden } from './golden.ts';

/** The native forests of a model. The owner of this owns one use of each until `close`. */
export interface BuiltForests extends Forests {
  readonly scorer: Scorer;
  /** Gives the forests back; a second call does nothing. */
  readonly close: () => void;
}

/** Builds the model's forests and proves them on the golden rows; where it is refused, nothing is left. */
export function buildVerifiedForests(model: Model, plan: Plan, addon: Addon): BuiltForests {
  const built: ForestUse[] = [];
  const close = (): void => {
    for (const { handle } of built.splice(0)) addon.releaseForest(handle);
  };
  const build = ({ spec, outputs }: PlannedForest): ForestUse => {
    const use = { handle: byAddon(() => addon.buildForest(spec)), outputs };
    built.push(use);
    return use;
  };
  try {
    const forests = { forests: plan.forests.map(build), headForests: plan.headForests.map(build) };
    const scorer = kernelScorer(addon, forests);
    verifyGolden(model, plan, scorer);
    return { ...forests, scorer, close };
  } catch (error) {
    close();
    throw error;
  }
}
