import type { ValueType } from '../../formula/formula.ts';
import type { ColumnType } from '../../schema/columns.ts';
import { isOwnTable } from '../../store/own-tables.ts';
import type { Dataset } from '../dataset.ts';
import { COLUMNS_MAX, FIELDS_MAX } from './bounds.ts';
import { readColumns } from './columns.ts';
import { readFields } from './fields.ts';
import { Mapping, type Placed } from './mapping.ts';
import { ColumnNames, checkedName } from './names.ts';
import { readProcessed } from './processed.ts';
import { YamlFile } from './yaml-file.ts';

/** Processed columns as the types that columns of a file have. */
const COMPUTED_TYPES: Readonly<Record<ValueType, ColumnType>> = {
  number: 'number',
  text: 'text',
  truth: 'boolean',
};

const KEYS = ['name', 'raw_table', 'processed_table', 'key', 'columns', 'processed', 'fields'];

/**
 * The dataset that a file describes; docs/datasets.md says how.
 * @throws {ThicketError} DATASET_REFUSED for the first thing that is wrong, as `file:line:column: sentence`.
 */
export async function readDataset(path: string): Promise<Dataset> {
  return datasetOf(await YamlFile.read(path));
}

export function datasetOf(file: YamlFile): Dataset {
  const mapping = new Mapping(file, file.root(), 'the file', KEYS);
  const name = mapping.needed('name', mapping.text('name'));
  checkedName(file, 'the name of the dataset', name);
  const raw = mapping.text('raw_table') ?? { ...name, value: `raw_${name.value}` };
  const processed = mapping.text('processed_table') ?? {
    ...name,
    value: `processed_${name.value}`,
  };
  const names = new ColumnNames(file);
  const keyName = mapping.text('key') ?? { value: 'id', at: mapping.at };
  const key = names.take(keyName, 'it is the key, which Postgres numbers');
  const columns = readColumns(file, mapping.entries('columns', COLUMNS_MAX), names);
  if (columns.length === 0)
    file.refuse('the file names no columns: list them under columns', mapping.at);
  const room = COLUMNS_MAX - columns.length;
  const computed = readProcessed(file, mapping.entries('processed', room), columns, names);
  const types = new Map([
    ...columns.map((column) => [column.name, column.type] as const),
    ...computed.map((column) => [column.name, COMPUTED_TYPES[column.formula.type]] as const),
  ]);
  return {
    name: name.value,
    ...tablesOf(file, raw, processed),
    key,
    columns,
    processed: computed,
    fields: readFields(file, mapping.entries('fields', FIELDS_MAX), types),
  };
}

function tablesOf(
  file: YamlFile,
  raw: Placed<string>,
  processed: Placed<string>,
): Pick<Dataset, 'rawTable' | 'processedTable'> {
  const rawTable = tableName(file, 'raw_table', raw);
  const processedTable = tableName(file, 'processed_table', processed);
  if (rawTable === processedTable) {
    file.refuse('raw_table and processed_table must differ', processed.at);
  }
  return { rawTable, processedTable };
}

function tableName(file: YamlFile, key: string, name: Placed<string>): string {
  const table = checkedName(file, key, name);
  if (isOwnTable(table)) {
    const sentence = `${key} cannot be ${JSON.stringify(table)}, a table of Thicket itself: choose another name`;
    file.refuse(sentence, name.at);
  }
  return table;
}
