import { ThicketError } from '../core/errors.ts';
import type { Field } from '../schema/fields.ts';
import { isTruthWord, parseNumber } from '../table/cells.ts';
import { MISSING_WORDS, type MissingWords, isMissing } from '../table/missing-words.ts';
import { areUnnamed, headerNames } from '../table/model-columns.ts';
import { TableFile } from '../table/table-file.ts';
import type { TableOptions } from '../table/table-options.ts';

/** Rows of a sample that are looked at; golden rows are taken from these, too. */
export const SAMPLE_ROWS_MAX = 100_000;

/** A number as programs write whole ones: `3` is whole, `3.0` says that fractions are meant. */
const WHOLE_NUMBER = /^[+-]?\d+$/;

/** Properties that all cells of one column share. */
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
  options: TableOptions = {},
): Promise<readonly Field[]> {
  const table = await TableFile.open(path, options);
  if (table.size === Number.POSITIVE_INFINITY) {
    const sentence = `${path} is a stream, and a sample is read twice: write it to a file.`;
    throw new ThicketError('TABLE_REFUSED', sentence);
  }
  if (options.header === 'no') return fields;
  const { missing = MISSING_WORDS } = options;
  let named = fields;
  let columns: readonly number[] | null = null;
  let width = 0;
  let rows = 0;
  const facts = fields.map((): ColumnFacts => ({ rows: 0, allWhole: true, allTruth: true }));
  for await (const records of table.blocks()) {
    for (const { cells } of records) {
      if (columns === null) {
        const header = headerNames(cells);
        named = namesFromHeader(fields, cells, target, path);
        columns = named.map(({ name }) => header.indexOf(name));
        width = cells.length;
      } else if (cells.length === width && rows++ < SAMPLE_ROWS_MAX) {
        columns.forEach((column, at) => take(facts[at]!, cells[column], missing));
      }
    }
    if (rows >= SAMPLE_ROWS_MAX) break;
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
  if (known || !areUnnamed(fields)) return fields;
  // Numbers are no names, be they a row or a header.
  if (header.every(isNumberOrMissing)) return fields;
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

function isNumberOrMissing(cell: string): boolean {
  const word = cell.trim();
  return isMissing(word, MISSING_WORDS) || parseNumber(word) !== null;
}

function take(facts: ColumnFacts, cell: string | undefined, missing: MissingWords): void {
  if (cell === undefined) return;
  const text = cell.trim();
  facts.rows++;
  facts.allWhole &&= WHOLE_NUMBER.test(text);
  facts.allTruth &&= isTruthWord(text) || isMissing(text, missing);
}

function withFacts(field: Field, { rows, allWhole, allTruth }: ColumnFacts): Field {
  if (field.type !== 'number' || rows === 0) return field;
  const { truths: _, ...stated } = field;
  if (allTruth) return { ...stated, type: 'boolean' };
  return allWhole ? { ...stated, integer: true } : stated;
}
