import type { Dataset } from '../dataset.ts';
import { COLUMNS_MAX, FIELDS_MAX } from './bounds.ts';
import { readColumns } from './columns.ts';
import { readFields } from './fields.ts';
import { Mapping, type Placed } from './mapping.ts';
import { ColumnNames, checkedName } from './names.ts';
import { readProcessed } from './processed.ts';
import { YamlFile } from './yaml-file.ts';

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
  const known = new Set([...columns, ...computed].map((column) => column.name));
  return {
    name: name.value,
    ...tablesOf(file, raw, processed),
    key,
    columns,
    processed: computed,
    fields: readFields(file, mapping.entries('fields', FIELDS_MAX), known),
  };
}

function tablesOf(
  file: YamlFile,
  raw: Placed<string>,
  processed: Placed<string>,
): Pick<Dataset, 'rawTable' | 'processedTable'> {
  const rawTable = checkedName(file, 'raw_table', raw);
  const processedTable = checkedName(file, 'processed_table', processed);
  if (rawTable === processedTable) {
    file.refuse('raw_table and processed_table must differ', processed.at);
  }
  return { rawTable, processedTable };
}
