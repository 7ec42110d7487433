import type { RawRow, ValidRow } from '../core/rows.ts';
import type { Addon, ForestDescription } from '../forest/addon.ts';
import { describeForests } from '../forest/describe-forests.ts';
import type { ForestUse } from '../forest/score-forests.ts';
import { buildVerifiedForests } from '../model/golden/verified-forests.ts';
import { treeArraysToFree } from '../model/given-trees.ts';
import { encodedSample } from '../model/golden/golden.ts';
import { type Answer, type AnswerShape, answerOf } from '../model/plan/head.ts';
import type { Metadata, Model } from '../model/model.ts';
import { compilePlan, type Plan } from '../model/plan/plan.ts';
import { type Encoder, type RowBuffers, allocateRows } from '../schema/encode.ts';
import type { RowSchema } from '../schema/fields.ts';
import { compileListValidator, compileValidator } from '../schema/validate.ts';

/** Timed runs over the sample: an odd number has a median, and nine take some milliseconds. */
const TIMED_RUNS = 9;

/** A model that answers: compiled, verified, and holding one use of its forests until closed. */
export interface LiveModel {
  readonly metadata: Metadata;
  readonly schema: RowSchema;
  readonly shape: AnswerShape;
  readonly rawWidth: number;
  readonly description: ForestDescription;
  /** What one row costs here, measured at load. Only where a batch is scored depends on it. */
  readonly nsPerRow: number;
  /** The forests that read encoded rows: a batch of those may be scored in any thread. */
  readonly forests: readonly ForestUse[];
  /** @throws {ThicketError} ROW_INVALID with every issue of the row. */
  readonly validate: (raw: RawRow) => ValidRow;
  /** The same for values in field order, as tables have them. */
  readonly validateList: (values: readonly unknown[]) => ValidRow;
  readonly encode: Encoder;
  /** Raw scores of encoded rows. */
  readonly scoreRows: (rows: number, encoded: RowBuffers, raw: Float64Array) => void;
  /** The answers of valid rows whose raw scores are here; null where a row has none. */
  readonly answers: (rows: readonly ValidRow[], raw: Float64Array) => readonly (Answer | null)[];
  /** The same for rows that are still encoded. */
  readonly answersOf: (
    count: number,
    encoded: RowBuffers,
    raw: Float64Array,
  ) => readonly (Answer | null)[];
  /** Gives the forests back; twice is once. */
  readonly close: () => void;
}

export interface LiveModelOptions {
  readonly addon: Addon;
  readonly extraFields: 'ignore' | 'forbid';
  /**
   * Whose the model's trees are afterwards; a live model has a copy of its own, in another form. `lent`, as
   * where nothing is said: still the caller's. `given`: nobody's. Their memory goes back to the system before
   * the call returns, and their arrays have length 0. Trees of a model that was refused stay as they are.
   */
  readonly trees?: 'lent' | 'given';
}

/**
 * Compiles the model, builds its forests and proves it on the model's golden rows.
 * @throws {ThicketError} MODEL_REFUSED when anything about it is wrong; nothing is left behind then.
 */
export function createLiveModel(model: Model, options: LiveModelOptions): LiveModel {
  const { addon, extraFields, trees } = options;
  const plan = compilePlan(model);
  const built = buildVerifiedForests(model, plan, addon);
  try {
    const all = [...built.forests, ...built.headForests];
    const live = Object.freeze({
      metadata: model.metadata,
      schema: plan.rows,
      shape: plan.head.shape,
      rawWidth: plan.rawWidth,
      description: describeForests(all.map(({ handle }) => addon.describeForest(handle))),
      nsPerRow: measureRow(addon, built.forests, model, plan),
      forests: built.forests,
      validate: alsoChecked(compileValidator(plan.rows, { extraFields }), plan),
      validateList: alsoChecked(compileListValidator(plan.rows), plan),
      encode: plan.encode,
      scoreRows: built.scoreRows,
      ...compileAnswers(plan, built.scoreInHead),
      close: built.close,
    });
    if (trees === 'given') addon.freeArrays(treeArraysToFree(model));
    return live;
  } catch (error) {
    built.close();
    throw error;
  }
}

function alsoChecked<T>(validate: (input: T) => ValidRow, { checkRow }: Plan) {
  if (checkRow === null) return validate;
  return (input: T): ValidRow => {
    const row = validate(input);
    checkRow(row);
    return row;
  };
}

function compileAnswers(
  { head, encode, rows: { slots } }: Plan,
  score: Parameters<Plan['head']['run']>[3],
): Pick<LiveModel, 'answers' | 'answersOf'> {
  const answersOf = (count: number, encoded: RowBuffers | null, raw: Float64Array) => {
    const outputs = head.run(count, encoded, raw, score);
    return Array.from({ length: count }, (_, row) => answerOf(head.shape, outputs, row));
  };
  return {
    answersOf,
    answers: (rows, raw) => {
      if (!head.needsRows) return answersOf(rows.length, null, raw);
      const encoded = allocateRows(slots, rows.length);
      rows.forEach((row, at) => encode(row, at, encoded));
      return answersOf(rows.length, encoded, raw);
    },
  };
}

/** Median nanoseconds a row, by the native clock, on the model's own sample. */
function measureRow(addon: Addon, forests: readonly ForestUse[], model: Model, plan: Plan): number {
  const { rows, numbers, codes } = encodedSample(model, plan);
  const medians = forests.map(({ handle }) => {
    const times = addon.timeRows(handle, rows, numbers, codes, TIMED_RUNS).toSorted();
    return times[TIMED_RUNS >> 1]! / rows;
  });
  return medians.reduce((sum, median) => sum + median, 0);
}
