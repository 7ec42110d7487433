import { EXAMPLE } from '../data/example.ts';
import { readModel, withGolden } from '../import/load-model.ts';
import { applySpec, readSpec } from '../model/spec.ts';
import type { SourcedModel } from '../registry/model-source.ts';

/** The example's pipeline, with the spec that says what its file cannot. */
export async function exampleModel(): Promise<SourcedModel> {
  const { model, digest } = await readModel(EXAMPLE.model);
  const specified = applySpec(model, await readSpec(EXAMPLE.spec));
  return { model: withGolden(specified), digest, uri: EXAMPLE.model, fallbackReason: null };
}
