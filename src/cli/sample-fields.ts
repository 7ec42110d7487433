import { ThicketError } from '../core/errors.ts';
import { isMissingCell, isTruthWord, parseNumber } from '../schema/cells.ts';
import type { Field } from '../schema/fields.ts';
import { areUnnamed, asTableError, csvRecords, isCount } from '../table/model-rows.ts';

/** Rows of a sample that are looked at; golden rows are taken from these, too. */
export const SAMPLE_ROWS_MAX = 100_000;

/** A number as programs write whole ones: `3` is whole, `3.0` says that fractions are meant. */
const WHOLE_NUMBER = /^[+-]?\d+$/;

/** What the cells of one column have in common. */
interface ColumnFacts {
  rows: number;
  allWhole: boolean;
  allTruth: boolean;
}

/**
 * The fields as a table of training rows shows them: names by position where the model's file named
 * none, and of its numbers which are whole and which are truth values. A column with a missing value is
 * not said to be whole: tables write such columns as fractions. The column of the target may be there.
 */
export async function fieldsFromSample(
  fields: readonly Field[],
  target: string,
  path: string,
): Promise<readonly Field[]> {
  let columns: readonly number[] = [];
  let named = fields;
  const facts = fields.map((): ColumnFacts => ({ rows: 0, allWhole: true, allTruth: true }));
  let lines = 0;
  try {
    for await (const { record } of csvRecords(path)) {
      if (lines++ === 0) {
        named = namesFromHeader(fields, record, target, path);
        columns = named.map(({ name }) => record.indexOf(name));
        continue;
      }
      if (lines > SAMPLE_ROWS_MAX) break;
      columns.forEach((column, at) => take(facts[at]!, record[column]));
    }
  } catch (error) {
    throw asTableError(error, path);
  }
  return named.map((field, at) => withFacts(field, facts[at]!));
}

/** The header's names for fields that have none of their own. */
function namesFromHeader(
  fields: readonly Field[],
  header: readonly string[],
  target: string,
  path: string,
): readonly Field[] {
  const known = fields.some(({ name }) => header.includes(name));
  if (known || !areUnnamed(fields) || isCount(header)) return fields;
  // A table without a header says nothing about names.
  if (header.every((cell) => isMissingCell(cell) || parseNumber(cell.trim()) !== null))
    return fields;
  // pandas writes its row numbers below an empty name.
  const names = header.filter((name) => name !== target && name !== '');
  if (names.length !== fields.length) {
    const beside = header.includes(target) ? '' : `, and none is named ${target}`;
    throw new ThicketError(
      'TABLE_REFUSED',
      `${path} has ${header.length} columns for the ${fields.length} fields of the model${beside}: ` +
        'leave out what the model does not take, or name its target with --target.',
    );
  }
  if (new Set(names).size !== names.length) {
    throw new ThicketError('TABLE_REFUSED', `${path} has two columns of one name.`);
  }
  return fields.map((field, at) => ({ ...field, name: names[at]! }));
}

function take(facts: ColumnFacts, cell: string | undefined): void {
  if (cell === undefined) return;
  const text = cell.trim();
  facts.rows++;
  facts.allWhole &&= WHOLE_NUMBER.test(text);
  facts.allTruth &&= isTruthWord(text) || isMissingCell(text);
}

function withFacts(field: Field, { rows, allWhole, allTruth }: ColumnFacts): Field {
  if (field.type !== 'number' || rows === 0) return field;
  if (allTruth) return { ...field, type: 'boolean' };
  return allWhole ? { ...field, integer: true } : field;
}
