import type { Metadata, Model } from '../../model/model.ts';

/** The model as its file states it: the result of every importer. */
export type ImportedModel = Pick<Model, 'fields' | 'stages' | 'ensembles' | 'answer'> &
  Pick<Metadata, 'sourceLibrary' | 'sourceVersion' | 'sourceKind'>;
