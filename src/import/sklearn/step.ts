import type { PickleValue } from '../pickle/values.ts';
import type { PipelineBuilder } from './builder.ts';
import type { Estimator } from './estimator.ts';
import type { Version } from './version.ts';

/** What one step hands to the next: values by number, and whether scipy's sparse form carries them. */
export interface Block {
  readonly values: readonly number[];
  readonly sparse: boolean;
}

/** What the importer of a step may use. */
export interface StepContext {
  readonly builder: PipelineBuilder;
  readonly version: Version;
  /** Imports a step that sits inside another one. */
  step(value: PickleValue | undefined, place: string, input: Block): Block;
}

/** Translates one transformer of scikit-learn into stages. */
export type StepImporter = (step: Estimator, input: Block, context: StepContext) => Block;
