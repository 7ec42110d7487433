import type { Category } from '../../../schema/fields.ts';
import type { PickleValue } from '../../python/pickle/values.ts';
import type { PipelineBuilder } from '../../build/pipeline-builder.ts';
import type { Estimator } from './estimator.ts';
import type { Version } from './version.ts';

/** What one step hands to the next: values by number, and whether scipy's sparse form carries them. */
export interface Block {
  readonly values: readonly number[];
  readonly sparse: boolean;
}

/** What the importer of a step or a model may use. */
export interface StepContext {
  readonly builder: PipelineBuilder;
  readonly version: Version;
  /** Imports a step that sits inside another one. */
  step(value: PickleValue | undefined, place: string, input: Block): Block;
  /** Imports a model that sits inside another one, at the end of a Pipeline too. */
  predictor(value: PickleValue | undefined, place: string, input: Block): Predictor;
}

/** Translates one transformer of scikit-learn into stages. */
export type StepImporter = (step: Estimator, input: Block, context: StepContext) => Block;

/**
 * What a model says of a row. Each function appends its stages when it is first called and answers the
 * same values afterwards, so that a model inside another one costs only what is read of it.
 */
export interface Predictor {
  /** Class labels of each output; null for regression. */
  readonly labels: readonly (readonly Category[])[] | null;
  /** A value for each output: a number, or the position of the class in its labels. */
  readonly predict: () => readonly number[];
  /** Per output a value for each label; null where the source has no predict_proba. */
  readonly probabilities: (() => readonly (readonly number[])[]) | null;
  /** What the source says besides, by its name there: `decision_function`, `score_samples`. */
  readonly scores: Readonly<Record<string, () => readonly number[]>>;
}

/** Translates one model of scikit-learn. */
export type PredictorImporter = (model: Estimator, input: Block, context: StepContext) => Predictor;

/** The function, which runs once and then answers what it answered. */
export function once<T>(run: () => T): () => T {
  let done: { readonly value: T } | null = null;
  return () => (done ??= { value: run() }).value;
}
