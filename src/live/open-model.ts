import { type Issue, ThicketError } from '../core/errors.ts';
import type { FieldValue, RawRow, ValidRow } from '../core/rows.ts';
import { loadAddon } from '../forest/load.ts';
import { loadModel } from '../import/load-model.ts';
import type { Metadata } from '../model/model.ts';
import type { Answer } from '../model/plan/head.ts';
import type { Category, Field } from '../schema/fields.ts';
import { type LiveModel, createLiveModel } from './live-model.ts';

/** Refused rows that one error names; a longer list helps no reader. */
const REFUSED_ROWS_MAX = 100;

/** A row to predict: its values by field name, or a list of them in the order of `fields`. */
export type InputRow = RawRow | readonly FieldValue[];

/** The answer to one row. */
export interface Prediction {
  /** A number, or the label of a class. */
  readonly prediction: Category;
  /** The probability of each class, by its label; null where the model knows none. */
  readonly probabilities: Readonly<Record<string, number>> | null;
  /** Every output of the model. Most have one, and it is the two fields above. */
  readonly outputs: readonly Output[];
  /** Other values that the library gives for a row, by its names for them, such as `decision_function`. */
  readonly scores: Readonly<Record<string, readonly number[]>> | null;
}

export type Output = Pick<Prediction, 'prediction' | 'probabilities'>;

/** A model in memory that predicts, in the thread of the caller. */
export interface OpenModel {
  readonly metadata: Metadata;
  /** The fields of a row, in the order of rows that are lists. */
  readonly fields: readonly Field[];
  /**
   * One answer a row, in order. It is null where the model's own arithmetic comes to no finite number; the
   * other rows are answered all the same.
   * @throws {ThicketError} ROW_INVALID when the model does not take a row. Nothing is predicted then, and
   *   `issues` say what is wrong: `loc` is `['rows', 3, 'sales']` for the field `sales` of `rows[3]`.
   * @throws {ThicketError} MODEL_UNAVAILABLE after `close`.
   */
  readonly predict: (rows: readonly InputRow[]) => (Prediction | null)[];
  /** Frees the memory of the trees. A second call does nothing. */
  readonly close: () => void;
}

export interface OpenOptions {
  /** Which model of a file that holds several. */
  readonly key?: string;
  /** Fields that the model does not have: `ignore` (the default) or `forbid`. */
  readonly extraFields?: 'ignore' | 'forbid';
}

/**
 * Opens a package (`.thicket`), or a model file or folder of a supported library, and proves it on its golden
 * rows. The place is a path or a `file:` URL.
 * @throws {ThicketError} MODEL_REFUSED when the file cannot be read or holds no model that can be served.
 * @throws {ThicketError} MODEL_UNAVAILABLE for an address of another kind.
 * @throws {ThicketError} SETUP_MISSING when the native addon is not built.
 */
export async function openModel(
  place: string | URL,
  options: OpenOptions = {},
): Promise<OpenModel> {
  const { key, extraFields = 'ignore' } = options;
  const addon = loadAddon();
  const model = await loadModel(place, { key });
  const live = createLiveModel(model, { addon, extraFields, trees: 'given' });
  let isOpen = true;
  return Object.freeze({
    metadata: live.metadata,
    fields: live.schema.fields,
    predict: (rows: readonly InputRow[]) => {
      if (!isOpen) throw new ThicketError('MODEL_UNAVAILABLE', 'the model is closed');
      return live
        .answer(validRows(live, rows))
        .map((answer) => answer && asPrediction(live, answer));
    },
    close: () => {
      isOpen = false;
      live.close();
    },
  });
}

function validRows(live: LiveModel, rows: readonly InputRow[]): readonly ValidRow[] {
  const valid: ValidRow[] = [];
  const named: Refusal[] = [];
  let refused = 0;
  if (!Array.isArray(rows)) {
    throw new ThicketError('ROW_INVALID', 'predict takes a list of rows: write predict([row])');
  }
  // By position, because a hole in the list is a row that is missing, and `forEach` would skip it.
  for (let row = 0; row < rows.length; row++) {
    const input = rows[row]!;
    try {
      valid.push(isList(input) ? live.validateList(input) : live.validate(input));
    } catch (error) {
      if (!(error instanceof ThicketError)) throw error;
      if (refused++ < REFUSED_ROWS_MAX) named.push({ row, error });
    }
  }
  if (refused > 0) throw refusalOf(named, refused);
  return valid;
}

interface Refusal {
  readonly row: number;
  readonly error: ThicketError;
}

function isList(row: InputRow): row is readonly FieldValue[] {
  return Array.isArray(row);
}

function refusalOf(named: readonly Refusal[], refused: number): ThicketError {
  const [first] = named;
  const more = refused > 1 ? ` (${refused - 1} more rows are refused)` : '';
  const issues = named.flatMap(({ row, error }) =>
    error.issues.map((issue): Issue => ({ ...issue, loc: ['rows', row, ...issue.loc.slice(1)] })),
  );
  const sentence = `rows[${first!.row}]: ${first!.error.message}${more}`;
  return new ThicketError('ROW_INVALID', sentence, { issues, cause: first!.error });
}

function asPrediction({ shape }: LiveModel, answer: Answer): Prediction {
  const outputs = answer.predictions.map((prediction, output): Output => {
    const shares = answer.probabilities?.[output];
    const labels = shape.labels?.[output];
    if (shares === undefined || labels === undefined) return { prediction, probabilities: null };
    const byLabel = labels.map((label, at) => [String(label), shares[at]!] as const);
    return { prediction, probabilities: Object.fromEntries(byLabel) };
  });
  return { ...outputs[0]!, outputs, scores: answer.scores };
}
