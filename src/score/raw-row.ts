import { ThicketError } from '../core/errors.ts';
import type { RawValues, ValidRow } from '../core/rows.ts';
import { noAnswer } from '../schema/issues.ts';

/** Where stored rows come from. */
export interface RawRowSource {
  /** The name of their table, for messages. */
  readonly table: string;
  /** The rows of these ids that there are, as values in the order of the model's fields. */
  byIds(ids: readonly number[]): Promise<ReadonlyMap<number, RawValues>>;
}

/** One stored row, as messages name it. */
export interface RawRowName {
  readonly table: string;
  readonly rawId: number;
}

/** The same checks as for a client's row; the issues name the row, which the client did not send. */
export function validateRawRow(
  name: RawRowName,
  values: RawValues,
  validate: (values: RawValues) => ValidRow,
): ValidRow {
  try {
    return validate(values);
  } catch (error) {
    if (!(error instanceof ThicketError) || error.code !== 'ROW_INVALID') throw error;
    throw ofRawRow(name, error);
  }
}

/** The error of a row that the model takes and does not answer; `stored` names one that the store has. */
export function withoutAnswer(stored: RawRowName | null = null): ThicketError {
  const issue = noAnswer();
  const error = new ThicketError('ROW_INVALID', `body: ${issue.msg}`, { issues: [issue] });
  return stored === null ? error : ofRawRow(stored, error);
}

function ofRawRow({ table, rawId }: RawRowName, error: ThicketError): ThicketError {
  const issues = error.issues.map((issue) => ({
    ...issue,
    loc: [table, rawId, ...issue.loc.slice(1)],
  }));
  const sentence = `raw_id=${rawId}: ${error.message}`;
  return new ThicketError('ROW_INVALID', sentence, { issues, cause: error });
}
