import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPackage } from '../../src/model/package/package.ts';
import { run } from './run.ts';

// Two models in dictionaries (test/import/fixtures/make-files.py).
const SEVERAL = join('test', 'import', 'fixtures', 'new', 'several.pkl');
const folder = mkdtempSync(join(tmpdir(), 'thicket-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a file with two models asks for --key, and import makes a package of the one that is named', async () => {
  const out = join(folder, 'chosen.thicket');
  const asked = await run('import', SEVERAL, '--out', out);
  expect(asked.code).toBe(1);
  expect(asked.stderr).toMatch(/holds 2 models \(models\.all: .*\): say which one with --key/);
  const made = await run('import', SEVERAL, '--out', out, '--key', 'models.first.20');
  expect(made.code, made.stderr).toBe(0);
  expect((await readPackage(out)).metadata.sourceKind).toBe(
    'RandomForestRegressor at ["models"]["first.20"]',
  );
});

test('show takes --key too, and refuses it for a package, which holds one model', async () => {
  const shown = await run('show', SEVERAL, '--key', 'models.all', '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({
    sourceKind: 'Pipeline(StandardScaler, RandomForestRegressor) at ["models"]["all"]',
  });
  const refused = await run('show', join(folder, 'chosen.thicket'), '--key', 'models.all');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/say no --key\.\n$/) });
});
