import type { RawRow, RawValues, ValidRow } from '../core/rows.ts';
import type { Addon, ForestDescription } from '../forest/addon.ts';
import { describeForests } from '../forest/describe-forests.ts';
import { treeArraysToFree } from '../model/given-trees.ts';
import { buildVerifiedForests } from '../model/golden/verified-forests.ts';
import type { Metadata, Model } from '../model/model.ts';
import { answerEncoded, answerRows, blockRowsOf } from '../model/plan/answering.ts';
import { type Answer, type AnswerShape, answersOf } from '../model/plan/head.ts';
import { type Plan, compilePlan } from '../model/plan/plan.ts';
import { withRowCheck } from '../model/plan/row-encoder.ts';
import type { Scorer } from '../model/plan/answering.ts';
import type { Forests } from '../model/plan/scorers.ts';
import { type SharedHead, closeHead, shareHead } from '../model/plan/shared-head.ts';
import type { Encoder, RowBuffers } from '../schema/encode.ts';
import type { RowSchema } from '../schema/fields.ts';
import { compileListValidator, compileValidator } from '../schema/validate.ts';
import { type RowCost, measureRow } from './measure-row.ts';

/** A model that answers: compiled, verified, and holding one use of its forests until closed. */
export interface LiveModel extends RowCost {
  readonly metadata: Metadata;
  readonly schema: RowSchema;
  readonly shape: AnswerShape;
  readonly description: ForestDescription;
  /** @throws {ThicketError} ROW_INVALID with every issue of the row. */
  readonly validate: (raw: RawRow) => ValidRow;
  /** The same for values in field order, as tables have them. */
  readonly validateList: (values: RawValues) => ValidRow;
  /**
   * The answers of valid rows, null where a row has none; `raw` (rows x shape.rawWidth) gets their raw scores.
   * For callers that have nothing else to do meanwhile: requests are joined by a MicroBatcher.
   */
  readonly answer: (rows: readonly ValidRow[], raw?: Float64Array) => readonly (Answer | null)[];
  /** Rows that `answer` takes at a time: a caller with many rows brings as many in one call. */
  readonly blockRows: number;
  /** For batches: `answer` in its two parts, so that each row is encoded when it comes. */
  readonly encode: Encoder;
  /** The numbers of the answers of encoded rows, in this thread. */
  readonly answerEncoded: (rows: number, encoded: RowBuffers, raw: Float64Array) => Float64Array;
  /** The trees as the addon was given them; null where `keep` did not ask for them. */
  readonly kept: KeptTrees | null;
  /** All that another thread needs to do the same. */
  readonly shared: SharedModel;
  /** Gives the forests back; a second call does nothing. */
  readonly close: () => void;
}

/** Arrays of trees, with the features that they compare: explanations walk them. */
export type KeptTrees = Pick<Plan, 'forests' | 'headForests'>;

/** A model as it is sent to another thread. */
export interface SharedModel extends Forests {
  readonly head: SharedHead;
}

export interface LiveModelOptions {
  readonly addon: Addon;
  readonly extraFields: 'ignore' | 'forbid';
  /**
   * The owner of the model's trees afterwards; a live model has a copy of its own, in another form. `lent`, the
   * default: the caller keeps them. `given`: their memory goes back to the system before the call returns, and
   * their arrays have length 0. Trees of a refused model stay as they are.
   */
  readonly trees?: 'lent' | 'given';
  /**
   * `trees`: the live model keeps the arrays of its trees for explanations, and they are not freed where they
   * were given. They take 29 bytes an inner node, 8 a number of a leaf, and 8 a node where the model has covers.
   * `nothing`, the default, costs nothing.
   */
  readonly keep?: 'nothing' | 'trees';
}

/**
 * Compiles the model, builds its forests and proves it on the model's golden rows.
 * @throws {ThicketError} MODEL_REFUSED when anything about it is wrong; nothing is left behind then.
 */
export function createLiveModel(model: Model, options: LiveModelOptions): LiveModel {
  const { addon, extraFields, trees, keep } = options;
  const plan = compilePlan(model);
  const { idField } = model.metadata;
  const built = buildVerifiedForests(model, plan, addon);
  const { forests, headForests } = built;
  try {
    const all = [...forests, ...headForests];
    const shared: SharedModel = { forests, headForests, head: shareHead(model) };
    const live = Object.freeze({
      metadata: model.metadata,
      schema: plan.rows,
      shape: plan.head.shape,
      description: describeForests(all.map(({ handle }) => addon.describeForest(handle))),
      ...measureRow(addon, built, model, plan),
      validate: withRowCheck(compileValidator(plan.rows, { extraFields, idField }), plan.checkRow),
      validateList: withRowCheck(compileListValidator(plan.rows), plan.checkRow),
      ...answeringOf(plan, built.scorer),
      kept: keep === 'trees' ? { forests: plan.forests, headForests: plan.headForests } : null,
      shared,
      close: () => {
        closeHead(shared.head);
        built.close();
      },
    });
    if (trees === 'given' && keep !== 'trees') addon.freeArrays(treeArraysToFree(model));
    return live;
  } catch (error) {
    built.close();
    throw error;
  }
}

/** Apart, because what these functions keep alive must not include the plan's forests, which are the model's trees. */
function answeringOf(
  { encode, rows: schema, head }: Plan,
  scorer: Scorer,
): Pick<LiveModel, 'answer' | 'blockRows' | 'encode' | 'answerEncoded'> {
  const { shape } = head;
  const plan = { encode, rows: schema, head };
  return {
    answer: (rows, raw = new Float64Array(rows.length * shape.rawWidth)) => {
      const outputs = answerRows(plan, scorer, rows.length, (at) => rows[at]!, raw);
      return answersOf(shape, outputs, 0, rows.length);
    },
    blockRows: blockRowsOf(plan),
    encode,
    answerEncoded: (rows, encoded, raw) => answerEncoded(head, scorer, rows, encoded, raw),
  };
}
