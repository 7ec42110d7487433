import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type CommandResult, runCommand } from '../support/command.ts';
import { Instance } from '../support/instance.ts';
import { jsonOf, post } from '../support/post.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const TABLE = join('..', 'shared', 'data', 'telco_churn', 'telco_churn.csv');
const DATASET = join('test', 'data', 'churn', 'dataset.yaml');
const MODEL_PATH = join('test', 'data', 'churn', 'model.joblib');

/** scikit-learn's answers by raw id: the rows are numbered in the order of the file. */
const EXPECTED = new Map(
  readFileSync(join('test', 'data', 'churn', 'expected.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(([rawId, label, share]) => [Number(rawId), { label, share: Number(share) }]),
);

const absent = !existsSync(TABLE);
if (absent) console.warn(`skipped: ${TABLE} is not beside this checkout`);

describe.skipIf(absent)('a second dataset, from its file alone', () => {
  let directory: string;
  let database: TestPostgres;
  let sql: postgres.Sql;
  let environment: Record<string, string>;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'thicket-churn-'));
    database = await startPostgres();
    sql = postgres(database.url, { max: 1 });
    environment = { DATABASE_URL: database.url, THICKET_DATA_DIR: directory, MODEL_PATH };
  });
  afterAll(async () => {
    await sql.end();
    await database.stop();
    rmSync(directory, { recursive: true });
  });

  const run = (...args: string[]): Promise<CommandResult> => runCommand(args, environment);

  test('is ingested: a table of its own, with 11 customers who have paid nothing yet', async () => {
    const { code, stdout } = await run('ingest', TABLE, '--dataset', DATASET);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '7,043 rows in, 0 rejected (utf-8)\n' });
    const [found] = await sql`
      select count(*)::int as rows, count(total_charges)::int as paid, max(id)::int as last,
        sum(tenure)::int as months, count(distinct customer_id)::int as customers
      from raw_churn`;
    expect(found).toEqual({
      rows: 7_043,
      paid: 7_032,
      last: 7_043,
      months: 227_990,
      customers: 7_043,
    });
  });

  test('is processed by its formulas', async () => {
    expect(await run('process', '--dataset', DATASET)).toMatchObject({
      code: 0,
      stdout: '7,043 rows processed\n',
    });
    const [wrong] = await sql`
      select count(*) filter (where monthly_average is distinct from total_charges / nullif(tenure, 0)
        or has_left <> ("left" = 'Yes'))::int as rows,
        count(*) filter (where has_left)::int as left,
        count(*) filter (where tenure_band = 'first year')::int as new
      from processed_churn`;
    expect(wrong).toEqual({ rows: 0, left: 1_869, new: 2_186 });
  });

  test('is scored whole, and each stored outcome has the id of its row', async () => {
    const { stdout } = await run('score', '--all', '--json', '--dataset', DATASET);
    expect(JSON.parse(stdout)).toMatchObject({ read: 7_043, stored: 7_043, refused: 0 });
    const rows = await sql<{ raw_id: string; label: string; share: number }[]>`
      select p.raw_id, p.label, (each->>'probability')::float8 as share
      from predictions p, jsonb_array_elements(p.probabilities) as each
      where each->>'label' = 'Yes' and p.raw_id = any(${[...EXPECTED.keys()]})`;
    expect(rows).toHaveLength(EXPECTED.size);
    for (const { raw_id: rawId, label, share } of rows) {
      expect({ label, share }).toEqual(EXPECTED.get(Number(rawId)));
    }
  });

  test('is scored by raw id over HTTP, and errors name its table', async () => {
    const instance = await Instance.start('up', { ...environment, THICKET_DATASET: DATASET });
    try {
      const ids = [...EXPECTED.keys()];
      const batch = await post(`${instance.url}/predict/batch/by-raw-ids`, { raw_ids: ids });
      const { results } = (await batch.json()) as { results: Record<string, unknown>[] };
      expect(results).toEqual(
        ids.map((rawId) => {
          const { label, share } = EXPECTED.get(rawId)!;
          const probabilities = expect.objectContaining({ Yes: share }) as unknown;
          return expect.objectContaining({
            raw_id: rawId,
            y_pred: label,
            probabilities,
          }) as unknown;
        }),
      );
      const one = await jsonOf(await post(`${instance.url}/predict/by-raw-id`, { raw_id: 1 }));
      expect(one).toMatchObject({
        raw_id: 1,
        y_pred: 'Yes',
        model_name: 'model',
        target: 'target',
      });
      const [stored] = await sql`select raw_id from predictions
        where id = ${Number(one['prediction_id'])}`;
      expect(stored).toEqual({ raw_id: '1' });
      // `up` fills the example's table only where that is the dataset.
      expect(await sql`select from raw_superstore`).toHaveLength(0);
      const missing = await post(`${instance.url}/predict/by-raw-id`, { raw_id: 9_999 });
      expect(missing.status).toBe(404);
      expect(await jsonOf(missing)).toMatchObject({ detail: 'raw_id=9999 not found in raw_churn' });
    } finally {
      expect(await instance.stop()).toBe(0);
    }
  });

  test.each([{ flags: [] }, { flags: ['--spec', 'superstore'] }])(
    'does not fit the example, which $flags means',
    async ({ flags }) => {
      const { code, stderr } = await run('ingest', TABLE, ...flags);
      expect(code).toBe(1);
      expect(stderr).toContain('this is no superstore table: its header lacks "Ship Mode"');
    },
  );

  test('THICKET_DATASET stands for the flag, and a wrong file is refused at its place', async () => {
    const path = join(directory, 'wrong.yaml');
    const wrong = readFileSync(DATASET, 'utf8').replace('total_charges / tenure', 'total / tenure');
    writeFileSync(path, wrong);
    const { code, stderr } = await runCommand(['process'], {
      ...environment,
      THICKET_DATASET: path,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/wrong\.yaml:28:39: there is no field "total"; there are customer_id, /);
    const both = await run('process', '--dataset', path, '--spec', path);
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with') });
  });
});
