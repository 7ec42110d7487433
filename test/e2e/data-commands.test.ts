import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { runCommand, type CommandResult } from '../support/command.ts';
import { embeddedUrl } from '../support/conservation.ts';
import { Instance } from '../support/instance.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const SUPERSTORE = join('..', 'shared', 'data', 'superstore', 'superstore.csv');
const MODEL_PATH = join('examples', 'superstore', 'model.joblib');

describe('the data commands, on a Postgres of one’s own', () => {
  const directory = mkdtempSync(join(tmpdir(), 'thicket-commands-'));
  let database: TestPostgres;
  let sql: postgres.Sql;

  beforeAll(async () => {
    database = await startPostgres();
    sql = postgres(database.url, { max: 1 });
  });
  afterAll(async () => {
    await sql.end();
    await database.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const run = (...args: string[]): Promise<CommandResult> =>
    runCommand(args, { DATABASE_URL: database.url, MODEL_PATH });

  test('migrate may be repeated', async () => {
    for (const _ of [1, 2]) {
      expect(await run('migrate')).toMatchObject({ code: 0, stdout: 'the database is migrated\n' });
    }
  });

  test('ingest takes the good rows, and names the others with line, column and reason', async () => {
    const path = join(directory, 'orders.csv');
    const header =
      'Ship Mode,Segment,Country,City,State,Postal Code,Region,Category,Sub-Category,Sales,Quantity,Discount,Profit';
    const good =
      'First Class,Consumer,US,"A ""quoted""\ncity",Ohio,43017,East,Furniture,Chairs,10.5,2,0.1,1.5';
    writeFileSync(path, [header, good, good.replace('10.5', 'ten'), good, ''].join('\r\n'));
    const { code, stdout } = await run('ingest', path);
    expect(code).toBe(0);
    const [summary, rejection] = stdout.split('\n');
    expect(summary).toBe('2 rows in, 1 rejected (utf-8)');
    expect(rejection).toMatch(/^line 4, column sales: not a number: /);
    const [stored] = await sql`select count(*)::int as rows, min(city) as city from raw_superstore`;
    expect(stored).toEqual({ rows: 2, city: 'A "quoted"\ncity' });
  });

  test('process rebuilds the processed table by the stated formulas', async () => {
    expect(await run('process')).toMatchObject({ code: 0, stdout: '2 rows processed\n' });
    const [row] = await sql`
      select profit_margin, sales_log, discount_bucket from processed_superstore limit 1`;
    expect(row!['profit_margin']).toBe(1.5 / 10.5);
    expect(row!['sales_log']).toBeCloseTo(Math.log(11.5), 14);
    expect(row!['discount_bucket']).toBe('0-10%');
  });

  test('score stores an outcome for every row, by ids and for the whole table', async () => {
    const all = await run('score', '--all', '--json');
    expect(JSON.parse(all.stdout)).toEqual({ read: 2, stored: 2, refused: 0, named: [] });
    const listed = await run('score', '--ids', '1-3,2', '--json');
    expect(JSON.parse(listed.stdout)).toEqual({ read: 2, stored: 2, refused: 0, named: [] });
    const [counted] = await sql`
      select count(*)::int as rows, count(distinct raw_id)::int as raw_rows,
             count(distinct prediction)::int as answers
      from predictions`;
    expect(counted).toEqual({ rows: 4, raw_rows: 2, answers: 1 });
  });

  test('score names a stored row that the model does not take, and scores its neighbours', async () => {
    const path = join(directory, 'spec.json');
    const packaged = join(directory, 'bounded.thicket');
    writeFileSync(path, JSON.stringify({ fields: [{ name: 'sales', maximum: 100 }] }));
    expect(await run('import', MODEL_PATH, '--spec', path, '--out', packaged)).toMatchObject({
      code: 0,
    });
    await sql`update raw_superstore set sales = 1000 where id = 1`;
    const environment = { DATABASE_URL: database.url, MODEL_PATH: packaged };
    const { code, stdout } = await runCommand(['score', '--all'], environment);
    expect(code).toBe(0);
    const [summary, reason] = stdout.split('\n');
    expect(summary).toBe('2 rows read, 1 scored and stored, 1 refused');
    expect(reason).toMatch(/^raw_id=1: .*sales/);
  });

  test.each([[['score']], [['score', '--ids', '5-1']], [['score', '--all', '--ids', '1']]])(
    '%j is called wrongly, and says so with exit code 2',
    async (args) => {
      const { code, stderr } = await run(...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: /);
    },
  );

  const absent = !existsSync(SUPERSTORE);
  if (absent) console.warn(`skipped: ${SUPERSTORE} is not beside this checkout`);
  test.skipIf(absent)('the real Superstore table has its known sums', async () => {
    await sql`truncate raw_superstore`;
    const { stdout } = await run('ingest', SUPERSTORE);
    expect(stdout).toMatch(/^9,994 rows in, 0 rejected \(windows-1252\)\n/);
    const [sums] = await sql`
      select round(sum(sales)::numeric, 4)::text as sales,
             round(sum(profit)::numeric, 4)::text as profit
      from raw_superstore`;
    expect(sums).toEqual({ sales: '2297200.8603', profit: '286397.0217' });
  });
});

test('a data command shares the embedded server of the instance that runs on the same directory', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'thicket-commands-'));
  const instance = await Instance.start('up', { THICKET_DATA_DIR: dataDir });
  const { code, stdout } = await runCommand(['process'], { THICKET_DATA_DIR: dataDir });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '10,000 rows processed\n' });
  const sql = postgres(embeddedUrl(dataDir), { max: 1 });
  expect(await sql`select count(*)::int as rows from processed_superstore`).toEqual([
    { rows: 10_000 },
  ]);
  await sql.end();
  expect(await instance.stop()).toBe(0);
  rmSync(dataDir, { recursive: true, force: true });
});
