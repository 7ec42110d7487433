import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { FORMATS as DETECTED } from '../../src/import/formats.ts';
import { STEPS } from '../../src/import/sklearn/pipeline.ts';
import { PREDICTORS } from '../../src/import/sklearn/predictors.ts';

interface Formats {
  readonly FORMATS: string;
  readonly formatsText: (tables: {
    readonly models: readonly string[];
    readonly steps: readonly string[];
    readonly formats: typeof DETECTED;
  }) => string;
}

// Plain JavaScript, as all scripts are: it has no types to import.
const script: string = '../../docs/make/formats.mjs';
const { FORMATS, formatsText } = (await import(script)) as Formats;
const text = formatsText({
  models: Object.keys(PREDICTORS),
  steps: Object.keys(STEPS),
  formats: DETECTED,
});

test('docs/formats.md is what the importers’ tables and the fixtures say', () => {
  expect(readFileSync(FORMATS, 'utf8'), 'npm run formats writes it').toBe(text);
});

test('every class that an importer knows is proved by a fixture', () => {
  const unproved = text.split('\n').filter((line) => /^\| `\w+` \|\s*\|/.test(line));
  expect(unproved).toEqual([]);
});
