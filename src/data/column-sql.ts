import type { ColumnType } from '../schema/columns.ts';
import { quotedName } from '../store/names.ts';
import type { DatasetColumn } from './dataset.ts';

/** The type of a column's values in Postgres, as Postgres itself names it. */
export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  number: 'double precision',
  integer: 'integer',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamp with time zone',
};

/** Characters cut off the ends of texts: white space, and the no-break space that office programs leave. */
const TRIMMED = `U&' \\0009\\000A\\000D\\00A0'`;

/** A column of the raw table as the processed table has it. */
export function processedSql({ name, type, trim }: DatasetColumn): string {
  const column = quotedName(name);
  return type === 'text' && trim ? `nullif(btrim(${column}, ${TRIMMED}), '')` : column;
}

/** A column of the raw table as a formula reads it: numbers are finite, dates and times are numbers. */
export function formulaSql(column: DatasetColumn): string {
  const name = quotedName(column.name);
  switch (column.type) {
    case 'text':
      return processedSql(column);
    case 'number':
      return `case when abs(${name}) < 'infinity' then ${name} end`;
    case 'integer':
      return `${name}::float8`;
    case 'boolean':
      return name;
    case 'date':
      return `case when isfinite(${name}) then (${name} - date '1970-01-01')::float8 end`;
    case 'datetime':
      return `case when isfinite(${name}) then extract(epoch from ${name})::float8 end`;
  }
}

/** A column of the raw table as a model's field takes it: dates and times are ISO 8601 text. */
export function fieldSql({ name: column, type }: DatasetColumn): string {
  const name = quotedName(column);
  switch (type) {
    case 'date':
      return `case when ${name} between '0001-01-01' and '9999-12-31'
        then to_char(${name}, 'YYYY-MM-DD') end`;
    case 'datetime':
      return `case when ${name} between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999999Z'
        then to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end`;
    case 'text':
    case 'number':
    case 'integer':
    case 'boolean':
      return name;
  }
}
