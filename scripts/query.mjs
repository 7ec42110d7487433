/**
 * `npm run query -- "select ..."`: one statement against the configured database, or the embedded one,
 * for machines without psql. Prints the rows as a table.
 */
import { fail } from './steps.mjs';
import { withStore } from '../dist/src/cli/store-session.js';
import { textTable } from '../dist/src/cli/text-table.js';

const [statement] = process.argv.slice(2);
if (statement === undefined) fail('usage: npm run query -- "select ..."');

const rows = await withStore((store) => store.query((sql) => sql.unsafe(statement)));
const names = rows.columns?.map(({ name }) => name) ?? [];
const cells = rows.map((row) => names.map((name) => cellText(row[name])));
if (names.length > 0) {
  process.stdout.write(
    `${textTable(
      [names, ...cells],
      names.map(() => 'left'),
    )}\n`,
  );
}

function cellText(value) {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
