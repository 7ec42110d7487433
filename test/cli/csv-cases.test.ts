import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { run } from './run.ts';

const CASES = '../shared/cases';
const here = existsSync(CASES);
if (!here) console.warn(`skipped: ${CASES} is not there`);

/** Tables as people have them, and the answers of scikit-learn on what pandas reads of them. */
describe.skipIf(!here)('a table of a reported case has the answers of the library', () => {
  test.each([
    { name: 'csv_semicolon', says: '' },
    { name: 'csv_none_words', says: '' },
    { name: 'csv_category_NA_string', says: '' },
    { name: 'csv_header_01', says: 'its first line counts up and is taken for a header' },
    { name: 'unnamed0_index', says: '' },
  ])('$name', async ({ name, says }) => {
    const folder = `${CASES}/${name}`;
    const ended = await run('predict', `${folder}/model.joblib`, '--input', `${folder}/input.csv`);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain(says);
    expect(ended.stderr === '').toBe(says === '');
    const answers = rowsOf(ended.stdout);
    expect(answers).toEqual(rowsOf(readFileSync(`${folder}/expected.csv`, 'utf8')));
    expect(answers.length).toBeGreaterThan(20);
  });
});

/** Without the header: the library's table has other names of the same columns. */
function rowsOf(csv: string): readonly (readonly number[])[] {
  const [, ...lines] = csv.trim().split(/\r?\n/);
  return lines.map((line) => line.split(',').map(Number));
}
