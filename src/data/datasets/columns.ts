import type { ParsedNode } from 'yaml';

import { COLUMN_TYPES, type ColumnType } from '../../schema/columns.ts';
import { plainName } from '../../table/header.ts';
import type { DatasetColumn } from '../dataset.ts';
import { HEADERS_MAX } from './bounds.ts';
import { Mapping, type Placed } from './mapping.ts';
import { type ColumnNames, checkedName } from './names.ts';
import type { YamlFile } from './yaml-file.ts';

const KEYS = ['name', 'type', 'headers', 'required', 'trim'];

/** The columns of the file that is ingested. */
export function readColumns(
  file: YamlFile,
  nodes: readonly ParsedNode[],
  names: ColumnNames,
): readonly DatasetColumn[] {
  /** The column of each header, as the reader of a file compares them. */
  const owners = new Map<string, string>();
  return nodes.map((node) => {
    const mapping = new Mapping(file, node, 'a column', KEYS);
    const name = mapping.needed('name', mapping.text('name'));
    const type = columnType(file, mapping.needed('type', mapping.text('type')));
    const headers = mapping.texts('headers', HEADERS_MAX);
    const column = {
      name: names.take(name),
      type,
      headers: headers.map(({ value }) => value),
      required: mapping.flag('required')?.value ?? true,
      trim: trimOf(file, mapping, type),
    };
    for (const header of [name, ...headers]) takeHeader(file, owners, header, column.name);
    return column;
  });
}

function columnType(file: YamlFile, { value, at }: Placed<string>): ColumnType {
  const type = COLUMN_TYPES.find((each) => each === value);
  if (type !== undefined) return type;
  const sentence = `there is no type ${JSON.stringify(value)}; there are ${COLUMN_TYPES.join(', ')}`;
  return file.refuse(sentence, at);
}

function trimOf(file: YamlFile, mapping: Mapping, type: ColumnType): boolean {
  const trim = mapping.flag('trim');
  if (trim !== null && type !== 'text') file.refuse('trim is for columns of type text', trim.at);
  return trim?.value ?? type === 'text';
}

function takeHeader(
  file: YamlFile,
  owners: Map<string, string>,
  header: Placed<string>,
  column: string,
): void {
  const plain = plainName(checkedName(file, 'the header', header));
  const owner = owners.get(plain);
  if (owner !== undefined && owner !== column) {
    const sentence = `the header ${JSON.stringify(header.value)} belongs to the column ${JSON.stringify(owner)} already`;
    file.refuse(`${sentence}: case, spaces and punctuation do not count`, header.at);
  }
  owners.set(plain, column);
}
