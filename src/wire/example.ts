import { EXAMPLE } from '../data/example.ts';
import { readModel, withGolden } from '../import/load-model.ts';
import { applySpec, readSpec } from '../model/spec.ts';
import type { Config } from '../ops/config.ts';
import { type SourcedModel, type WantedModel, wantedModels } from '../registry/model-source.ts';

/** The models that the settings name; where they name none, the example's. */
export function modelsOrExample(config: Pick<Config, 'model' | 'models'>): readonly WantedModel[] {
  const { model, models } = config;
  const named = models.length > 0 || model.uri !== null || model.path !== null;
  return named ? wantedModels(config) : [{ name: null, source: exampleModel }];
}

/** The example's pipeline, with the spec that says what its file cannot. */
export async function exampleModel(): Promise<SourcedModel> {
  const { model, digest } = await readModel(EXAMPLE.model);
  const specified = applySpec(model, await readSpec(EXAMPLE.spec));
  return { model: withGolden(specified), digest, uri: EXAMPLE.model, fallbackReason: null };
}
