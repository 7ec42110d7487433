import { numberText } from './copy.ts';

const QUOTED = /["\\]/g;

/** An array as Postgres reads it from text: the client has no other exact form of all types. */
export function arrayLiteral<Row>(
  rows: readonly Row[],
  value: (row: Row) => number | string | null,
): string {
  let text = '{';
  for (let at = 0; at < rows.length; at++) {
    if (at > 0) text += ',';
    const each = value(rows[at]!);
    if (each === null) text += 'NULL';
    else if (typeof each === 'number') text += numberText(each);
    else text += `"${each.replace(QUOTED, '\\$&')}"`;
  }
  return `${text}}`;
}
