/** A result of `npm run bench:counts` as it is printed and as native/NOTES.md shows it. */
import { format } from 'prettier';

import { table } from '../scripts/markdown.mjs';
import { digits } from './figures.mjs';

const KIB = 2 ** 10;

export function countsText(results) {
  return format(countsPart(results), { parser: 'markdown' });
}

/** Which instructions they are is in the result alone: a table of them would be too wide. */
export function countsPart({ caches, cases }) {
  const header = ['call', 'instructions a row', 'of them by'];
  const misses = [`misses of ${kib(caches.first)}`, `of ${kib(caches.second)}`];
  return table(
    [...header, ...misses],
    cases.map((each) => [
      `${each.forest}, ${each.rows === 1 ? 'one row' : `${each.rows} rows`}, \`${each.kernel}\``,
      digits(each.instructionsPerRow),
      each.functions.map(({ name, perRow }) => `\`${name}\` ${digits(perRow)}`).join(', '),
      each.misses === null ? '' : digits(each.misses.first),
      each.misses === null ? '' : digits(each.misses.second),
    ]),
  );
}

function kib({ bytes }) {
  return `${(bytes / KIB).toLocaleString('en-US')} KiB`;
}
