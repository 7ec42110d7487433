import type { Addon, ForestHandle, ForestSpec } from '../forest/addon.ts';
import { verifyGolden } from './golden.ts';
import type { Model } from './model.ts';
import type { Plan } from './plan.ts';
import { refuse } from './refuse.ts';

/**
 * Builds the model's forest and proves it on the golden rows. The caller owns the one use of the handle;
 * where the model is refused, nothing is left behind.
 */
export function buildVerifiedForest(model: Model, plan: Plan, addon: Addon): ForestHandle {
  const handle = asRefusal(() => addon.buildForest(plan.forest));
  try {
    verifyGolden(model, plan, (rows, { numbers, codes }, raw) =>
      addon.scoreRows(handle, rows, numbers, codes, raw),
    );
    return handle;
  } catch (error) {
    addon.releaseForest(handle);
    throw error;
  }
}

/** Raw scores by the slow road, which judges every other. */
export function scoreByReference(
  addon: Addon,
  forest: ForestSpec,
): (
  rows: number,
  encoded: { numbers: Float64Array; codes: Int32Array },
  raw: Float64Array,
) => void {
  return (rows, { numbers, codes }, raw) =>
    asRefusal(() => addon.scoreReference(forest, rows, numbers, codes, raw));
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
