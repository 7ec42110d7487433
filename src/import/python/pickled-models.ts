import type { PipelineBuilder } from '../build/pipeline-builder.ts';
import type { Block, Predictor } from '../build/predictor.ts';
import type { PickleObject } from './pickle/values.ts';

/**
 * The models of one library, for a room of another one that finds them inside of its own: a booster at the
 * end of a scikit-learn Pipeline. Rooms do not know each other, so formats.ts hands these over.
 */
export interface PickledModels {
  /** The library's outermost module, `xgboost`. */
  readonly module: string;
  readonly importModel: (
    model: PickleObject,
    place: string,
    input: Block,
    builder: PipelineBuilder,
  ) => Predictor;
}
