import { stat } from 'node:fs/promises';
import type { FieldValue } from '../core/rows.ts';
import { loadAddon } from '../forest/load.ts';
import { makeGolden } from '../model/golden/golden.ts';
import type { Model } from '../model/model.ts';
import { isPackage, readPackage } from '../model/package/package.ts';
import { compilePlan } from '../model/plan/plan.ts';
import { referenceScorer } from '../model/plan/scorers.ts';
import { type ImportOptions, importModel } from './open.ts';
import { refuse } from './refuse.ts';

/**
 * The model in a package or in any supported foreign file or folder, told apart by content, with golden
 * rows. A package's own name and target stand; the options are for files that cannot say.
 */
export async function loadModel(path: string, options: ImportOptions = {}): Promise<Model> {
  const { model, foreign } = await readModel(path, options);
  return foreign ? withGolden(model) : model;
}

/** As the file has it: a foreign file brings no golden rows. */
export async function readModel(
  path: string,
  options: ImportOptions = {},
): Promise<{ model: Model; foreign: boolean }> {
  const found = await stat(path).catch((error: Error) =>
    refuse(`${path} cannot be read: ${error.message}.`),
  );
  if (found.isFile() && (await isPackage(path))) {
    if (options.key !== undefined)
      refuse(`${path} is a package, which holds one model: say no --key`);
    return { model: await readPackage(path), foreign: false };
  }
  return { model: await importModel(path, options), foreign: true };
}

/** The model with golden rows of its own: of the sample if there is one, else synthetic. */
export function withGolden(model: Model, sample: readonly (readonly FieldValue[])[] = []): Model {
  const plan = compilePlan(model);
  const golden = makeGolden(model, plan, referenceScorer(loadAddon(), plan), sample);
  return { ...model, golden };
}
