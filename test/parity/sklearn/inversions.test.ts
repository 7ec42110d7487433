import { expect, test } from 'vitest';

interface Inversion {
  readonly sentence: string;
  readonly file: string;
  readonly text: string;
}

interface Inversions {
  readonly INVERSIONS: readonly Inversion[];
  readonly lostTexts: (inversions: readonly Inversion[]) => string[];
}

// Plain JavaScript, as all scripts are: it has no types to import.
const script: string = './inversions.mjs';
const { INVERSIONS, lostTexts } = (await import(script)) as Inversions;

test('the code behind each sentence is where `npm run parity:inversions` looks for it', () => {
  expect(INVERSIONS.length).toBeGreaterThan(60);
  expect(lostTexts(INVERSIONS)).toEqual([]);
});
