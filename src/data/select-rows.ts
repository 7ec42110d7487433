import type { Formula } from '../formula/formula.ts';
import { quotedName } from '../store/names.ts';
import { formulaSql } from './column-sql.ts';
import type { Dataset } from './dataset.ts';
import { compileFormulas } from './formula-sql.ts';

/** One value of a selected row: SQL over the raw table, or a formula over its columns. */
export type Selected = string | Formula;

/**
 * A SELECT of raw rows: the key, then the values, in their order. `tail` is what follows the raw table's
 * name, such as a WHERE or an ORDER BY over its own columns.
 */
export function selectRows(dataset: Dataset, values: readonly Selected[], tail: string): string {
  const key = quotedName(dataset.key);
  const raw = `from ${quotedName(dataset.rawTable)} ${tail}`;
  const formulas = values.filter((value) => typeof value !== 'string');
  if (formulas.length === 0) return `select ${[key, ...(values as string[])].join(', ')} ${raw}`;
  // Columns have names of ours from here on: theirs might be the same.
  const read = readColumns(dataset, formulas);
  const inner = [
    `${key} as key`,
    ...values.flatMap((value, at) => (typeof value === 'string' ? [`${value} as c${at}`] : [])),
    ...read.map(({ sql, alias }) => `${sql} as ${alias}`),
  ];
  const columns = new Map(read.map(({ name, alias }) => [name, `t.${alias}`]));
  // OFFSET keeps the planner from computing what a formula reads once for every place that reads it.
  const from = `(select ${inner.join(', ')} ${raw} offset 0)`;
  const compiled = compileFormulas(formulas, from, columns);
  const results = compiled.results.values();
  const selected = values.map((value, at) =>
    typeof value === 'string' ? `t.c${at}` : results.next().value!,
  );
  return `select ${['t.key', ...selected].join(', ')} from ${compiled.from}`;
}

/** The columns that formulas read, each once. */
function readColumns(
  dataset: Dataset,
  formulas: readonly Formula[],
): readonly { name: string; sql: string; alias: string }[] {
  const names = new Set(formulas.flatMap(fieldNames));
  return dataset.columns
    .filter(({ name }) => names.has(name))
    .map((column, at) => ({ name: column.name, sql: formulaSql(column), alias: `r${at}` }));
}

function fieldNames(formula: Formula): readonly string[] {
  if (formula.kind === 'constant') return [];
  return formula.kind === 'field' ? [formula.name] : formula.operands.flatMap(fieldNames);
}
