import type { LogitStage } from '../../../model/stages.ts';
import type { Block, Predictor } from '../../build/predictor.ts';
import type { PickleValue } from '../../python/pickle/values.ts';
import type { PickledModels } from '../../python/pickled-models.ts';
import type { PipelineBuilder } from '../../build/pipeline-builder.ts';
import type { Estimator } from './estimator.ts';
import type { Version } from './version.ts';

/** The context of an importer of a step or a model. */
export interface StepContext {
  readonly builder: PipelineBuilder;
  readonly version: Version;
  /** Libraries whose models may stand inside of scikit-learn's. */
  readonly others: readonly PickledModels[];
  /** How scipy computes logit where the model is served; undefined: as it did when that scikit-learn came out. */
  readonly logitForm: LogitStage['form'] | undefined;
  /** Imports a step that sits inside another one. */
  step(value: PickleValue | undefined, place: string, input: Block): Block;
  /** Imports a model that sits inside another one, at the end of a Pipeline too. */
  predictor(value: PickleValue | undefined, place: string, input: Block): Predictor;
}

/** Translates one transformer of scikit-learn into stages. */
export type StepImporter = (step: Estimator, input: Block, context: StepContext) => Block;

/** Translates one model of scikit-learn. */
export type PredictorImporter = (model: Estimator, input: Block, context: StepContext) => Predictor;
