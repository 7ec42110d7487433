import { existsSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const README = readFileSync('README.md', 'utf8');

test('every figure of the README’s tables is one that a committed result holds', async () => {
  // Plain JavaScript, as all scripts are: it has no types to import.
  const script: string = '../../scripts/readme.mjs';
  const { withFigures } = (await import(script)) as {
    withFigures: (text: string) => Promise<string>;
  };
  expect(await withFigures(README)).toBe(README);
  for (const name of ['claim', 'bench', 'loadtest']) expect(README).toContain(`<!-- ${name} -->`);
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
