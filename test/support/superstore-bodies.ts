import { readFileSync } from 'node:fs';

import { parse } from 'csv-parse/sync';

const EXPECTED = new URL('../../examples/superstore/expected.csv', import.meta.url);
const NUMBERS = new Set(['sales', 'quantity', 'discount']);
const ANSWERS = new Set(['prediction', 'raw_0']);

/** One row of the example with the answer that scikit-learn gave. */
export interface ExpectedRow {
  /** JSON text of the row as a client sends it. */
  readonly body: string;
  readonly prediction: number;
}

/** The example's expected rows; a blank cell is a missing value. */
export function expectedRows(): readonly ExpectedRow[] {
  const records = parse<Record<string, string>>(readFileSync(EXPECTED), { columns: true });
  return records.map((record) => ({
    body: JSON.stringify(
      Object.fromEntries(
        Object.entries(record)
          .filter(([name]) => !ANSWERS.has(name))
          .map(([name, cell]) => [name, valueOf(name, cell)]),
      ),
    ),
    prediction: Number(record['prediction']),
  }));
}

function valueOf(name: string, cell: string): string | number | null {
  if (cell === '') return null;
  return NUMBERS.has(name) ? Number(cell) : cell;
}
