import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

import { expect, test } from 'vitest';

const documents = [
  'README.md',
  'CHANGELOG.md',
  'bench/README.md',
  'examples/superstore/README.md',
  'test/parity/sklearn/README.md',
  ...['docs', 'native'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];

/** The anchor that a heading gets: its words in small letters, joined by dashes. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');

function anchorsIn(path: string): string[] {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm);
  return Array.from(headings, ([, heading]) => anchorOf(heading!));
}

/** Links of a document that lead nowhere. */
function broken(document: string): string[] {
  const links = readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g);
  return Array.from(links).flatMap(([link, path, anchor]) => {
    const to = path === '' ? document : join(dirname(document), path!);
    const isThere =
      existsSync(to) && (anchor === undefined || anchorsIn(to).includes(anchor.toLowerCase()));
    return isThere ? [] : [`${document}: ${link}`];
  });
}

test.each(documents)('every link of %s leads to a file and a heading', (document) => {
  expect(broken(document)).toEqual([]);
});

test('the README links every document of docs/', () => {
  const readme = readFileSync('README.md', 'utf8');
  const own = documents.filter((document) => document.startsWith('docs/'));
  expect(own.filter((document) => !readme.includes(`(${document})`))).toEqual([]);
});
