import type { RawRow, ValidRow } from '../core/rows.ts';
import type { Addon, ForestDescription, ForestHandle } from '../forest/addon.ts';
import { buildVerifiedForest } from '../model/build.ts';
import { encodedSample } from '../model/golden.ts';
import { type AnswerShape, answerShape } from '../model/head.ts';
import type { HeadStage, Metadata, Model } from '../model/model.ts';
import { compilePlan, type Plan } from '../model/plan.ts';
import { type Encoder, type RowBuffers, compileEncoder } from '../schema/encode.ts';
import type { RowSchema } from '../schema/fields.ts';
import { compileValidator } from '../schema/validate.ts';

/** Timed runs over the sample: an odd number has a median, and nine take some milliseconds. */
const TIMED_RUNS = 9;

/** A model that answers: compiled, verified, and holding one use of its forest until closed. */
export interface LiveModel {
  readonly metadata: Metadata;
  readonly schema: RowSchema;
  readonly head: readonly HeadStage[];
  readonly shape: AnswerShape;
  readonly rawWidth: number;
  readonly description: ForestDescription;
  /** What one row costs here, measured at load. Only where a batch is scored depends on it. */
  readonly nsPerRow: number;
  readonly handle: ForestHandle;
  /** @throws {ThicketError} ROW_INVALID with every issue of the row. */
  readonly validate: (raw: RawRow) => ValidRow;
  readonly encode: Encoder;
  readonly scoreRows: (rows: number, encoded: RowBuffers, raw: Float64Array) => void;
  /** Gives the forest back; twice is once. */
  readonly close: () => void;
}

export interface LiveModelOptions {
  readonly addon: Addon;
  readonly extraFields: 'ignore' | 'forbid';
}

/**
 * Compiles the model, builds its forest and proves it on the model's golden rows.
 * @throws {ThicketError} MODEL_REFUSED when anything about it is wrong; nothing is left behind then.
 */
export function createLiveModel(model: Model, options: LiveModelOptions): LiveModel {
  const { addon } = options;
  const plan = compilePlan(model);
  const handle = buildVerifiedForest(model, plan, addon);
  let open = true;
  const close = (): void => {
    if (open) addon.releaseForest(handle);
    open = false;
  };
  const scoreRows = (rows: number, encoded: RowBuffers, raw: Float64Array): void =>
    addon.scoreRows(handle, rows, encoded.numbers, encoded.codes, raw);
  try {
    const description = addon.describeForest(handle);
    return Object.freeze({
      metadata: model.metadata,
      schema: plan.rows,
      head: model.head,
      shape: answerShape(model.head, plan.rawWidth),
      rawWidth: plan.rawWidth,
      description,
      nsPerRow: measureRow(addon, handle, model, plan),
      handle,
      validate: compileValidator(plan.rows, { extraFields: options.extraFields }),
      encode: compileEncoder(plan.rows.slots),
      scoreRows,
      close,
    });
  } catch (error) {
    close();
    throw error;
  }
}

/** Median nanoseconds a row, by the native clock, on the model's own sample. */
function measureRow(addon: Addon, handle: ForestHandle, model: Model, plan: Plan): number {
  const { rows, numbers, codes } = encodedSample(model, plan);
  const times = addon.timeRows(handle, rows, numbers, codes, TIMED_RUNS).toSorted();
  return times[TIMED_RUNS >> 1]! / rows;
}
