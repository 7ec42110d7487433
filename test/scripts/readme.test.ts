import { existsSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const README = readFileSync('README.md', 'utf8');

// Plain JavaScript, as all scripts are: it has no types to import.
const script: string = '../../scripts/readme.mjs';
const { DOCUMENTS, withFigures } = (await import(script)) as {
  DOCUMENTS: readonly string[];
  withFigures: (text: string) => Promise<string>;
};

test.each(DOCUMENTS)('every figure of the tables of %s is in a committed result', async (name) => {
  const text = readFileSync(name, 'utf8');
  expect(await withFigures(text)).toBe(text);
});

test('the documents have every part that results are written into, and it is not empty', () => {
  const texts = DOCUMENTS.map((name) => readFileSync(name, 'utf8')).join('\n');
  for (const name of ['claim', 'bench', 'loadtest', 'peers', 'bars', 'kernels', 'counts']) {
    expect(texts).toMatch(new RegExp(`<!-- ${name} -->\\s+[^<\\s][^]*<!-- /${name} -->`));
  }
});

test('it is under 250 lines, and every file that it links to is there', () => {
  expect(README.split('\n').length).toBeLessThan(250);
  const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path!);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((path) => !existsSync(path))).toEqual([]);
});

test('every npm script and command that it names is there', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...README.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name!);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  const main = readFileSync('src/main.ts', 'utf8');
  const commands = [...README.matchAll(/(?:`thicket|thicket\.js) (\w+)/g)].map(([, name]) => name!);
  expect(commands.filter((name) => !main.includes(`/${name}.ts'`))).toEqual([]);
});
