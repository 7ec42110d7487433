import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

import { expect, test } from 'vitest';

// docs/contributing.md has the rule. Numbered migrations in sql/ are left out: databases hold their digests.
const FOLDERS = [
  'src',
  'native',
  'test',
  'scripts',
  'bench',
  'loadtest',
  'docs',
  'examples',
  'proto',
];
/** The examples below are such beginnings. */
const OWN = 'test/tidy-english.test.ts';
const FILES = ['README.md', 'CHANGELOG.md', 'CMakeLists.txt'];
const BEGINNING = /^(?:What|Who|Whose|Whom|Whether|Whatever|Whoever)\b/;

/** The marks of comments or headings by the ending of a file's name. */
const MARKS: Readonly<Record<string, RegExp>> = {
  '.ts': /(?:^|\s)(?:\/\/|\/\*\*?)/,
  '.mts': /(?:^|\s)(?:\/\/|\/\*\*?)/,
  '.mjs': /(?:^|\s)(?:\/\/|\/\*\*?)/,
  '.cc': /(?:^|\s)\/\//,
  '.h': /(?:^|\s)\/\//,
  '.proto': /(?:^|\s)\/\//,
  '.py': /(?:^|\s)(?:#|""")/,
  '.txt': /^#/,
  '.md': /^#+/,
};

/** Lines of comments that stand alone: one below another continues it. */
const WHOLE_COMMENT = /^\s*(?:\/\/|#)/;

/** The places in a text where a comment or a heading begins with such a word. */
function beginnings(text: string, ending: string): number[] {
  const mark = MARKS[ending];
  if (mark === undefined) return [];
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const found = mark.exec(line);
    if (found === null) return [];
    const isContinued =
      ending !== '.md' && WHOLE_COMMENT.test(line) && WHOLE_COMMENT.test(lines[at - 1] ?? '');
    const own = line.slice(found.index + found[0].length).trim();
    // A block comment may begin on the line below its mark.
    const words = own === '' ? (lines[at + 1] ?? '').replace(/^\s*\*?\s*/, '') : own;
    return !isContinued && BEGINNING.test(words) ? [at + 1] : [];
  });
}

const paths = [
  ...FILES,
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file))
      .filter((file) => file !== OWN && Object.hasOwn(MARKS, extname(file))),
  ),
];

test('no comment and no heading begins with What, Who, Whose or Whether', () => {
  expect(paths.length).toBeGreaterThan(400);
  const found = paths.flatMap((path) =>
    beginnings(readFileSync(path, 'utf8'), extname(path)).map((line) => `${path}:${line}`),
  );
  expect(found, 'give the clause its subject').toEqual([]);
});

test.each([
  ['.ts', '/** What it is. */', 1],
  ['.ts', '/**\n * Whether it is.\n */', 1],
  ['.ts', 'const a = 1; // Who sets it.', 1],
  ['.ts', '// The sentence goes on:\n// What follows is no beginning.', 0],
  ['.ts', "const url = 'http://What.example';", 0],
  ['.py', '"""What it makes."""', 1],
  ['.py', '    # Whose it is.', 1],
  ['.h', '// Whatever comes.', 1],
  ['.md', '## What is read', 1],
  ['.md', 'What stands in a paragraph.', 0],
])('in a %s file, %j has %i such beginnings', (ending, text, count) => {
  expect(beginnings(text, ending)).toHaveLength(count);
});
