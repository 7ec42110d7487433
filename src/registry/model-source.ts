import { ThicketError } from '../core/errors.ts';
import { type KnownModel, loadKnownModel } from '../import/load-model.ts';
import type { Config, ModelSettings, NamedModel } from '../ops/config.ts';

/** A model that this instance serves, and the way it was found. */
export interface SourcedModel extends KnownModel {
  /** As the operator named it; `/health` shows it. */
  readonly uri: string;
  /** Why it is not the one that was asked for first; null when it is. */
  readonly fallbackReason: string | null;
}

/** A model that is to be served: under the name that it is given, or else under its own. */
export interface WantedModel {
  readonly name: string | null;
  readonly source: () => Promise<SourcedModel>;
}

/** Those of THICKET_MODELS, else the one of MODEL_URI and MODEL_PATH. */
export function wantedModels({ model, models }: Pick<Config, 'model' | 'models'>): WantedModel[] {
  if (models.length === 0) return [{ name: null, source: () => sourceModel(model) }];
  return models.map((named) => ({ name: named.name, source: () => sourceNamed(named) }));
}

/** The operator's name for the model replaces the one of its file. */
async function sourceNamed({ name, uri }: NamedModel): Promise<SourcedModel> {
  const { model, digest } = await loadKnownModel(uri, { name });
  const named = { ...model, metadata: { ...model.metadata, name } };
  return { model: named, digest, uri, fallbackReason: null };
}

/**
 * Finds and reads the model: the URI first, the path as a fallback, each only where `source` allows it.
 * @throws {ThicketError} MODEL_UNAVAILABLE when nothing is named, else why the last one cannot be read.
 */
export async function sourceModel(settings: ModelSettings): Promise<SourcedModel> {
  const uri = settings.source === 'file' ? null : settings.uri;
  const path = settings.source === 'mlflow' ? null : settings.path;
  if (uri === null) return { ...(await fromPath(settings, path)), fallbackReason: null };
  try {
    return { ...(await read(settings, uri)), uri, fallbackReason: null };
  } catch (error) {
    if (!(error instanceof ThicketError) || path === null) throw error;
    return { ...(await fromPath(settings, path)), fallbackReason: error.message };
  }
}

async function fromPath(settings: ModelSettings, path: string | null) {
  if (path === null) {
    throw new ThicketError(
      'MODEL_UNAVAILABLE',
      'no model is named: set MODEL_PATH (or MODEL_URI) to a package or a model file',
    );
  }
  return { ...(await read(settings, path)), uri: path };
}

/** The operator's word stands above that of a package. */
async function read(settings: ModelSettings, path: string): Promise<KnownModel> {
  const { name, target, version } = settings;
  const told = {
    ...(name !== null && { name }),
    ...(target !== null && { target }),
    ...(version !== null && { version }),
  };
  const { model, digest } = await loadKnownModel(path, told);
  return { model: { ...model, metadata: { ...model.metadata, ...told } }, digest };
}
