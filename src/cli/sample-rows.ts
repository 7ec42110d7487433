import { ThicketError } from '../core/errors.ts';
import type { FieldValue } from '../core/rows.ts';
import type { Model } from '../model/model.ts';
import { compilePlan } from '../model/plan/plan.ts';
import { compileListValidator } from '../schema/validate.ts';
import { tableRows } from '../table/model-rows.ts';
import { rejectionText } from '../table/rows.ts';
import type { TableOptions } from '../table/table-options.ts';
import { SAMPLE_ROWS_MAX } from './sample-fields.ts';
import { writeNote } from './table-flags.ts';

/** Rows that are left out which stderr names one by one. */
const REPORTED_ROWS_MAX = 20;

/** The rows of a sample that the model takes; stderr says which it does not, and why. */
export async function readSample(
  model: Model,
  path: string,
  options: TableOptions,
): Promise<FieldValue[][]> {
  const { rows: schema, checkRow } = compilePlan(model);
  const validate = compileListValidator(schema);
  const taken: FieldValue[][] = [];
  const listed: string[] = [];
  let refused = 0;
  const take = (values: readonly unknown[], line: number): string | null => {
    try {
      const row = validate(values);
      checkRow?.(row);
      taken.push([...row]);
      return null;
    } catch (error) {
      if (!(error instanceof ThicketError)) throw error;
      return `line ${line}: ${error.message}`;
    }
  };
  for await (const { line, values, rejection } of tableRows(path, schema, options, {
    onNote: writeNote,
  })) {
    if (taken.length + refused === SAMPLE_ROWS_MAX) break;
    const problem = rejection === null ? take(values, line) : rejectionText(rejection);
    if (problem !== null && ++refused <= REPORTED_ROWS_MAX) listed.push(problem);
  }
  if (refused > 0) {
    for (const problem of listed) process.stderr.write(`${problem}\n`);
    process.stderr.write(`${path}: ${refused} rows that the model does not take are left out\n`);
  }
  if (taken.length === 0) {
    throw new ThicketError('TABLE_REFUSED', `${path} has no row that the model takes.`);
  }
  return taken;
}
