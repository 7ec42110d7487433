import { CODE_MISSING, CODE_UNKNOWN } from '../../core/rows.ts';
import { type ComputedNode, type Feature, type TableOfField, runSteps } from '../values.ts';

/** Codes below that of the first category; tables start with an entry for each. */
export const TABLE_SPECIALS = 2;

/** A row among rows: where its numbers and its codes start. */
export interface RowAt {
  numbers: Float64Array;
  numbersAt: number;
  codes: Int32Array;
  codesAt: number;
}

export type Reader = (row: RowAt) => number;

/** Where in a row a value is found. */
export interface Places {
  readonly numberOf: (value: Extract<Feature, { kind: 'number' }>) => number;
  readonly codeOf: (field: number) => { readonly slot: number; readonly categories: number };
  /** Tables of values that are read already. */
  readonly tables: Map<TableOfField, Float64Array>;
}

/** A table whose entries are at least this share of the categories is read by position. */
const DENSE_SHARE = 1 / 4;

export function compileReader(value: Feature, places: Places): Reader {
  if (value.kind === 'table') {
    const { slot, categories } = places.codeOf(value.field);
    const { byCode, otherwise } = value;
    // One of thousands of columns of an encoding: dense, each would be as long as all of them.
    if (byCode.size < categories * DENSE_SHARE) {
      return ({ codes, codesAt }) => byCode.get(codes[codesAt + slot]!) ?? otherwise;
    }
    const table = places.tables.get(value) ?? denseTable(value, categories);
    places.tables.set(value, table);
    return ({ codes, codesAt }) => table[codes[codesAt + slot]! + TABLE_SPECIALS]!;
  }
  const at = places.numberOf(value);
  const { steps } = value;
  if (steps.length === 0) return ({ numbers, numbersAt }) => numbers[numbersAt + at]!;
  return ({ numbers, numbersAt }) => runSteps(numbers[numbersAt + at]!, steps);
}

/** [missing, unknown, category 0, category 1, ...] */
function denseTable(table: TableOfField, categories: number): Float64Array {
  const dense = new Float64Array(categories + TABLE_SPECIALS);
  fillTable(dense, table);
  return dense;
}

export function fillTable(dense: Float64Array, table: TableOfField): void {
  dense.fill(table.otherwise);
  for (const [code, value] of table.byCode) dense[entryOf(code)] = value;
}

function entryOf(code: number): number {
  if (code === CODE_MISSING) return 0;
  return code === CODE_UNKNOWN ? 1 : code + TABLE_SPECIALS;
}

/** Computes a node for one row after the other, its results from number `first` of the row on. */
export function compileNode(
  node: ComputedNode,
  first: number,
  places: Places,
): (row: RowAt) => void {
  const readers = node.inputs.map((input) => compileReader(input, places));
  const x = new Float64Array(readers.length);
  const y = new Float64Array(node.results);
  return (row) => {
    for (let at = 0; at < readers.length; at++) x[at] = readers[at]!(row);
    node.compute(x, y);
    const start = row.numbersAt + first;
    for (let at = 0; at < y.length; at++) row.numbers[start + at] = y[at]!;
  };
}
