import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const README = readFileSync('README.md', 'utf8');

// Plain JavaScript, as all scripts are: it has no types to import.
const script: string = '../../docs/make/figures.mjs';
const { DOCUMENTS, withFigures } = (await import(script)) as {
  DOCUMENTS: readonly string[];
  withFigures: (text: string, document: string, root?: string) => Promise<string>;
};

test.each(DOCUMENTS)('every figure of the tables of %s is in a committed result', async (name) => {
  const text = readFileSync(name, 'utf8');
  expect(await withFigures(text, name)).toBe(text);
});

test('the documents have every part that results are written into, and it is not empty', () => {
  const texts = DOCUMENTS.map((name) => readFileSync(name, 'utf8')).join('\n');
  for (const name of ['claim', 'forests', 'loadtest', 'peers', 'bars', 'kernels', 'counts']) {
    expect(texts).toMatch(new RegExp(`<!-- ${name} -->\\s+[^<\\s][^]*<!-- /${name} -->`));
  }
});

test('with results of several machines, the newest is shown and the others are named', async () => {
  const root = mkdtempSync(join(tmpdir(), 'thicket-figures-'));
  try {
    for (const folder of ['bench/results', 'loadtest/results'])
      cpSync(folder, join(root, folder), { recursive: true });
    const own = readdirSync('loadtest/results').find(
      (name) => !/-(compare|hostile)\.json$/.test(name),
    );
    const result = JSON.parse(readFileSync(join('loadtest/results', own!), 'utf8')) as {
      machine: { cpu: string; at: string };
    };
    const add = (name: string, at: string): void => {
      const other = { ...result, machine: { ...result.machine, cpu: `CPU of ${name}`, at } };
      writeFileSync(join(root, 'loadtest/results', `${name}.json`), JSON.stringify(other));
    };
    add('older', '2000-01-01T00:00:00.000Z');
    add('newer', '2100-01-01T00:00:00.000Z');
    const text = await withFigures('<!-- loadtest --><!-- /loadtest -->', 'docs/a.md', root);
    expect(text).toContain('CPU of newer');
    expect(text).toContain('Written from [newer.json](../loadtest/results/newer.json).');
    expect(text).toMatch(new RegExp(`Other machines: \\[${own}\\].*, \\[older.json\\]`));
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('the README is under 160 lines', () => {
  expect(README.split('\n').length).toBeLessThan(160);
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
