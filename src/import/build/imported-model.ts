import type { Metadata, Model } from '../../model/model.ts';

/** What a model's file itself says: an importer's result, whatever library it is of. */
export type ImportedModel = Pick<Model, 'fields' | 'stages' | 'ensembles' | 'answer'> &
  Pick<Metadata, 'sourceLibrary' | 'sourceVersion' | 'sourceKind'>;
