import type { ParsedNode, Scalar } from 'yaml';

import type { ValueType } from '../../formula/formula.ts';
import { parseFormula } from '../../formula/parse.ts';
import { FormulaError } from '../../formula/tokens.ts';
import type { ColumnType } from '../../schema/columns.ts';
import type { DatasetColumn, ProcessedColumn } from '../dataset.ts';
import { Mapping } from './mapping.ts';
import type { ColumnNames } from './names.ts';
import type { YamlFile } from './yaml-file.ts';

/** The value that a formula reads from a column. */
const VALUE_TYPES: Readonly<Record<ColumnType, ValueType>> = {
  text: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'truth',
  date: 'number',
  datetime: 'number',
};

/** The columns that processing computes. */
export function readProcessed(
  file: YamlFile,
  nodes: readonly ParsedNode[],
  columns: readonly DatasetColumn[],
  names: ColumnNames,
): readonly ProcessedColumn[] {
  const fields = new Map(columns.map(({ name, type }) => [name, VALUE_TYPES[type]]));
  return nodes.map((node) => {
    const mapping = new Mapping(file, node, 'a processed column', ['name', 'formula']);
    const name = names.take(mapping.needed('name', mapping.text('name')));
    const text = mapping.needed('formula', mapping.text('formula'));
    try {
      return { name, formula: parseFormula(text.value, fields) };
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      const at = placeWithin(file.text, mapping.scalar('formula')!, error.at);
      return file.refuse(error.message, at);
    }
  });
}

/**
 * The place in the file of character `at` of a text. YAML folds lines and cuts indents, so the characters that
 * are no white space are counted. A text with escapes is known by its start only.
 */
function placeWithin(file: string, scalar: Scalar.Parsed, at: number): number {
  const [start, end] = scalar.range;
  const header = scalar.type?.startsWith('BLOCK') === true ? file.indexOf('\n', start) : start;
  const quotes = scalar.type?.startsWith('QUOTE') === true ? 1 : 0;
  const source = file.slice(header + quotes, end - quotes);
  const text = String(scalar.value);
  if (source.replace(/\s/g, '') !== text.replace(/\s/g, '')) return start;
  const characters = [...source.matchAll(/\S/g)];
  const before = text.slice(0, at).replace(/\s/g, '').length;
  // Behind the last one where the formula ends too early.
  const offset = characters[before]?.index ?? (characters.at(-1)?.index ?? -1) + 1;
  return header + quotes + offset;
}
