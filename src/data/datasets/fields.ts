import type { ParsedNode } from 'yaml';

import type { ColumnType } from '../../schema/columns.ts';
import { DATE_EXAMPLES, daysOfDate, secondsOfDatetime } from '../../schema/dates.ts';
import type { FieldSource } from '../dataset.ts';
import { Mapping, type Placed, type Plain } from './mapping.ts';
import type { YamlFile } from './yaml-file.ts';

/** The default of a field that has a column: a value that the column could have. */
interface DefaultRule {
  readonly words: string;
  readonly takes: (value: Plain) => boolean;
}

const DEFAULTS: Readonly<Record<ColumnType, DefaultRule>> = {
  text: { words: 'a text (write it in quotes)', takes: (value) => typeof value === 'string' },
  number: { words: 'a number', takes: (value) => typeof value === 'number' },
  integer: { words: 'a whole number', takes: (value) => Number.isInteger(value) },
  boolean: { words: 'true or false', takes: (value) => typeof value === 'boolean' },
  date: {
    words: `a date such as ${DATE_EXAMPLES.date}`,
    takes: (value) => typeof value === 'string' && daysOfDate(value) !== null,
  },
  datetime: {
    words: `a time such as ${DATE_EXAMPLES.datetime}`,
    takes: (value) => typeof value === 'string' && secondsOfDatetime(value) !== null,
  },
};

/**
 * Model fields that are not simply the column of the same name.
 * @param types Of the columns of the file and of processed ones, by name.
 */
export function readFields(
  file: YamlFile,
  nodes: readonly ParsedNode[],
  types: ReadonlyMap<string, ColumnType>,
): ReadonlyMap<string, FieldSource> {
  const fields = new Map<string, FieldSource>();
  for (const node of nodes) {
    const mapping = new Mapping(file, node, 'a field', ['name', 'column', 'default']);
    const { value: name, at } = mapping.needed('name', mapping.text('name'));
    if (fields.has(name)) file.refuse(`the field ${JSON.stringify(name)} stands here twice`, at);
    const asked = mapping.text('column');
    if (asked !== null && !types.has(asked.value)) {
      file.refuse(`there is no column ${JSON.stringify(asked.value)}`, asked.at);
    }
    const standIn = mapping.plain('default');
    if (asked === null && standIn === null) {
      file.refuse(`the field ${JSON.stringify(name)} needs a column or a default`, at);
    }
    const column = asked?.value ?? (types.has(name) ? name : null);
    if (column !== null && standIn !== null)
      checkDefault(file, standIn, column, types.get(column)!);
    fields.set(name, { column, default: standIn?.value ?? null });
  }
  return fields;
}

function checkDefault(
  file: YamlFile,
  { value, at }: Placed<Plain>,
  column: string,
  type: ColumnType,
): void {
  const { words, takes } = DEFAULTS[type];
  if (takes(value)) return;
  file.refuse(
    `the default must be ${words}, because the column ${JSON.stringify(column)} is of type ${type}`,
    at,
  );
}
