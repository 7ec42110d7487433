import { ThicketError } from '../core/errors.ts';
import type { RawRow, ValidRow } from '../core/rows.ts';
import type { Field } from '../schema/fields.ts';
import { noAnswer } from '../schema/issues.ts';

/** A stored row cut to the model's fields: its other columns are no extra fields of a client. */
export function modelFieldsOf(fields: readonly Field[], row: RawRow): RawRow {
  const names = fields.map((field) => field.name).filter((name) => Object.hasOwn(row, name));
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** The same checks as for a client's row; the issues name the row, which the client did not send. */
export function validateRawRow(
  rawId: number,
  row: RawRow,
  validate: (raw: RawRow) => ValidRow,
): ValidRow {
  try {
    return validate(row);
  } catch (error) {
    if (!(error instanceof ThicketError) || error.code !== 'ROW_INVALID') throw error;
    throw ofRawRow(rawId, error);
  }
}

/** What is said to a row that the model takes and does not answer; `rawId` where the store has the row. */
export function withoutAnswer(rawId: number | null = null): ThicketError {
  const issue = noAnswer();
  const error = new ThicketError('ROW_INVALID', `body: ${issue.msg}`, { issues: [issue] });
  return rawId === null ? error : ofRawRow(rawId, error);
}

function ofRawRow(rawId: number, error: ThicketError): ThicketError {
  const issues = error.issues.map((issue) => ({
    ...issue,
    loc: ['raw_superstore', rawId, ...issue.loc.slice(1)],
  }));
  const sentence = `raw_id=${rawId}: ${error.message}`;
  return new ThicketError('ROW_INVALID', sentence, { issues, cause: error });
}
