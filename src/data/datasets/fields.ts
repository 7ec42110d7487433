import type { ParsedNode } from 'yaml';

import type { FieldSource } from '../dataset.ts';
import { Mapping } from './mapping.ts';
import type { YamlFile } from './yaml-file.ts';

/** Model fields that are not simply the column of the same name. */
export function readFields(
  file: YamlFile,
  nodes: readonly ParsedNode[],
  columns: ReadonlySet<string>,
): ReadonlyMap<string, FieldSource> {
  const fields = new Map<string, FieldSource>();
  for (const node of nodes) {
    const mapping = new Mapping(file, node, 'a field', ['name', 'column', 'default']);
    const { value: name, at } = mapping.needed('name', mapping.text('name'));
    if (fields.has(name)) file.refuse(`the field ${JSON.stringify(name)} stands here twice`, at);
    const column = mapping.text('column');
    if (column !== null && !columns.has(column.value)) {
      file.refuse(`there is no column ${JSON.stringify(column.value)}`, column.at);
    }
    const standIn = mapping.plain('default');
    if (column === null && standIn === null) {
      file.refuse(`the field ${JSON.stringify(name)} needs a column or a default`, at);
    }
    const own = columns.has(name) ? name : null;
    fields.set(name, { column: column?.value ?? own, default: standIn?.value ?? null });
  }
  return fields;
}
