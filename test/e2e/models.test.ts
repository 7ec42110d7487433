import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { writePackage } from '../../src/model/package/package.ts';
import { withGolden } from '../../src/import/load-model.ts';
import { runCommand } from '../support/command.ts';
import { Instance } from '../support/instance.ts';
import { startPostgres, startStore, type TestPostgres } from '../support/postgres.ts';
import { jsonOf, post } from '../support/post.ts';
import { tinyClassifier, tinyModel } from '../support/tiny-model.ts';

const directory = mkdtempSync(join(tmpdir(), 'thicket-models-'));
const margin = join(directory, 'margin.thicket');
const churn = join(directory, 'churn.thicket');
let database: TestPostgres;
let sql: postgres.Sql;

beforeAll(async () => {
  database = await startPostgres();
  await (await startStore(database.url)).stop(); // Migrated.
  sql = postgres(database.url, { max: 1 });
  await sql`insert into raw_superstore (sales, quantity, segment) values (250, 3, 'Corporate')`;
  await writePackage(margin, withGolden(tinyModel()));
  await writePackage(churn, withGolden(tinyClassifier()));
});
afterAll(async () => {
  await sql.end();
  await database.stop();
  rmSync(directory, { recursive: true, force: true });
});

const environment = (models: string): Record<string, string> => ({
  DATABASE_URL: database.url,
  THICKET_MODELS: models,
});

test('the first of THICKET_MODELS answers, under the name that it was given', async () => {
  const instance = await Instance.start('serve', environment(`leaving=${churn},margin=${margin}`));
  const reply = await jsonOf(await post(`${instance.url}/predict`, { tenure: 3 }));
  expect(reply).toMatchObject({ y_pred: 'leaves', model_name: 'leaving', target: 'churned' });
  const metrics = await (await fetch(`${instance.url}/metrics`)).text();
  expect(metrics).toMatch(/^thicket_live_forests 2$/m);
  for (const name of ['leaving', 'margin']) {
    expect(metrics).toMatch(new RegExp(`^thicket_scoring_rows_waiting.model="${name}". 0$`, 'm'));
  }
  expect(await instance.stop()).toBe(0);
  expect(await sql`select model_name, label from predictions`).toEqual([
    { model_name: 'leaving', label: 'leaves' },
  ]);
});

test('one that cannot be loaded stops the start with a sentence that names it', async () => {
  const models = `margin=${margin},churn=${join(directory, 'absent.thicket')}`;
  const { code, stderr } = await runCommand(['serve'], {
    ...environment(models),
    THICKET_PORT: '0',
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/model churn: .*absent\.thicket cannot be read/);
});

test('a reply profile that does not fit a model stops the start with one sentence', async () => {
  const { code, stderr } = await runCommand(['serve'], {
    ...environment(`churn=${churn},margin=${margin}`),
    THICKET_PROFILE: 'churn',
    THICKET_PORT: '0',
  });
  expect(code).toBe(1);
  expect(stderr).toContain(
    'thicket: model margin: THICKET_PROFILE=churn does not fit the model margin: it is a regression',
  );
});

test('score takes the first of them, or the one that is named', async () => {
  const models = environment(`other=${margin},margin=${margin}`);
  for (const args of [[], ['--model', 'margin']]) {
    const { stdout } = await runCommand(['score', '--all', ...args], models);
    expect(stdout).toBe('1 rows read, 1 scored and stored, 0 refused\n');
  }
  const stored = await sql`select model_name from predictions where raw_id = 1 order by id`;
  expect(stored.map((row) => row['model_name'] as string)).toEqual(['other', 'margin']);
  const { code, stderr } = await runCommand(['score', '--all', '--model', 'churn'], models);
  expect(code).toBe(1);
  expect(stderr).toContain('churn is none of THICKET_MODELS: it has other, margin');
});
