/**
 * `npm run query -- "select ..."`: one statement against the configured database, or the embedded one,
 * for machines without psql. Prints the rows as a table; stderr says what is left out of it.
 */
import { fail, say } from './steps.mjs';
import { withStore } from '../dist/src/cli/store-session.js';
import { grouped, textTable } from '../dist/src/cli/text-table.js';

/** More rows are for COPY: a table of texts is held whole to make its columns even. */
const ROWS_MAX = 1_000;
/** A cell that is longer is cut: a stored row may be of any size. */
const CELL_MAX = 1_000;
const EXIT_CALLED_WRONGLY = 2;

const [statement, ...more] = process.argv.slice(2);
if (statement === undefined || statement.trim() === '' || more.length > 0) {
  say('usage: npm run query -- "select ..." (one statement, in quotes)');
  process.exit(EXIT_CALLED_WRONGLY);
}
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') say(error.message);
  process.exit(1);
});
try {
  await withStore((store) => store.query((sql) => show(sql)));
} catch (error) {
  fail(error.severity === undefined ? error.message : refusalText(error));
}

/** By a cursor, which sends one statement only and stops when enough rows have come. */
async function show(sql) {
  const query = () => sql.unsafe(statement, [], { simple: false });
  const { columns } = await query().describe();
  if (columns.length === 0) {
    const { command, count } = await query();
    process.stdout.write(`${command}${count === null ? '' : ` ${grouped(count)}`}\n`);
    return;
  }
  const rows = [];
  for await (const block of query()
    .values()
    .cursor(ROWS_MAX + 1)) {
    rows.push(...block);
    if (rows.length > ROWS_MAX) break;
  }
  const names = columns.map(({ name }) => name);
  const cells = rows.slice(0, ROWS_MAX).map((row) => row.map(cellText));
  process.stdout.write(
    `${textTable(
      [names, ...cells],
      names.map(() => 'left'),
    )}\n`,
  );
  if (rows.length > ROWS_MAX) {
    say(`only the first ${grouped(ROWS_MAX)} rows are shown: narrow the query, or use COPY`);
  }
}

function cellText(value) {
  const text = plainText(value);
  return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX)}...` : text;
}

function plainText(value) {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The server's sentence, the line of the statement and a mark below the place. */
function refusalText({ message, code, position, hint }) {
  const sentence = message.includes('multiple commands')
    ? 'it takes one statement: call it once for each'
    : `${message} (${code})`;
  const lines = [sentence];
  if (position !== undefined) lines.push(...placeText(Number(position) - 1));
  if (hint) lines.push(`hint: ${hint}`);
  return lines.join('\n');
}

function placeText(at) {
  // Postgres counts code points, not UTF-16 units.
  const before = Array.from(statement).slice(0, at).join('');
  const number = before.split('\n').length;
  const column = Array.from(before.slice(before.lastIndexOf('\n') + 1)).length;
  const line = statement.split('\n')[number - 1];
  return [`line ${number}, column ${column + 1}:`, `  ${line}`, `  ${' '.repeat(column)}^`];
}
