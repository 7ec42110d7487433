import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { withGolden } from '../../src/import/load-model.ts';
import { writePackage } from '../../src/model/package/package.ts';
import { applySpec } from '../../src/model/spec.ts';
import { runCommand } from '../support/command.ts';
import { completeModel } from '../support/complete-model.ts';
import { startPostgres, startStore, type TestPostgres } from '../support/postgres.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { tinyModel } from '../support/tiny-model.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'thicket-exit-codes-'));
const path = (name: string): string => join(directory, name);
const MARGIN = path('margin.thicket');
const BOUNDED = path('bounded.thicket');

const COLUMNS =
  'Ship Mode,Segment,Country,City,State,Postal Code,Region,Category,Sub-Category,Sales,Quantity,Discount,Profit';
const order = (sales: string): string =>
  `First Class,Consumer,US,Akron,Ohio,43017,East,Furniture,Chairs,${sales},2,0.1,1.5`;

let database: TestPostgres;
let sql: postgres.Sql;

beforeAll(async () => {
  database = await startPostgres();
  await (await startStore(database.url)).stop(); // Migrated.
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await writePackage(MARGIN, withGolden(tinyModel()));
  const fields = [{ name: 'sales', maximum: 100 }];
  await writePackage(BOUNDED, withGolden(applySpec(tinyModel(), { fields })));
  writeFileSync(path('rows.csv'), 'sales,quantity,segment\n50,1,Consumer\n');
  writeFileSync(path('superstore.csv'), [COLUMNS, order('10.5'), ''].join('\n'));
  writeFileSync(path('bad.csv'), 'sales,quantity,segment\nten,1,Consumer\neleven,2,Consumer\n');
});
afterAll(async () => {
  await sql.end();
  await database.stop();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  await sql`truncate predictions, score_runs, score_ranges, raw_superstore restart identity`;
  await sql`insert into raw_superstore (sales, quantity, segment)
    values (250, 3, 'Corporate'), (500, 1, 'Consumer')`;
});

const environment = (model: string) => ({
  DATABASE_URL: database.url,
  MODEL_PATH: model,
  // `down` stops what runs on it: never a developer's own.
  THICKET_DATA_DIR: path('data'),
});
const run = (...args: string[]) => runCommand(args, environment(MARGIN));

/** One sentence, and no stack. */
function sentence(text: string): RegExp {
  return new RegExp(`(^|\n)thicket: ${text}[^\n]*\n$`);
}

describe('a data command that did nothing ends with 1 and says why', () => {
  test('ingest of a file whose rows are all rejected, which leaves the table as it was', async () => {
    writeFileSync(path('orders.csv'), [COLUMNS, order('ten'), order('two'), ''].join('\n'));
    const { code, stdout, stderr } = await run('ingest', path('orders.csv'));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^0 rows in, 2 rejected/);
    expect(stderr).toMatch(sentence('.*orders.csv has no row that can be taken: 2 are rejected'));
    expect(await sql`select count(*)::int as rows from raw_superstore`).toEqual([{ rows: 2 }]);
  });

  test('ingest of a file without rows', async () => {
    writeFileSync(path('orders.csv'), `${COLUMNS}\n`);
    const { code, stderr } = await run('ingest', path('orders.csv'), '--json');
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence('.*orders.csv has no row below its header'));
  });

  test.each([['process'], ['score --all'], ['score --all --again']])(
    '%s of an empty table, with the step that comes before',
    async (line) => {
      await sql`truncate raw_superstore`;
      const { code, stderr } = await run(...line.split(' '));
      expect(code).toBe(1);
      expect(stderr).toMatch(sentence('raw_superstore has no rows: thicket ingest'));
    },
  );

  test('score of rows that the model refuses, every one', async () => {
    const { code, stdout, stderr } = await runCommand(['score', '--all'], environment(BOUNDED));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^2 rows read, 0 scored and stored, 2 refused\nraw_id=1: .*sales/);
    expect(stderr).toMatch(sentence('the model takes none of the 2 rows: nothing was stored'));
  });

  test('score of ids that are absent, every one', async () => {
    const { code, stdout, stderr } = await run('score', '--ids', '77-79', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ read: 0, stored: 0, refused: 0, named: [] });
    expect(stderr).toMatch(sentence('3 of 3 ids are not in raw_superstore: nothing was stored'));
  });
});

describe('score says what it did beside a 0', () => {
  test('of ids that are absent beside others', async () => {
    const { code, stderr } = await run('score', '--ids', '2-4');
    expect(code).toBe(0);
    expect(stderr).toContain('2 of 3 ids are not in raw_superstore\n');
  });

  test('of a table whose rows were all scored, and of new ones', async () => {
    const first = await run('score', '--all');
    expect(first).toMatchObject({
      code: 0,
      stdout: '2 rows read, 2 scored and stored, 0 refused\n',
    });
    expect(first.stderr).toMatch(
      /^run 1: 2 rows of raw_superstore with rf_profit_margin 7 \(digest /,
    );
    const nothing = await run('score', '--all');
    expect(nothing).toMatchObject({
      code: 0,
      stdout: '0 rows read, 0 scored and stored, 0 refused\n',
    });
    expect(nothing.stderr).toMatch(/^nothing new: .* every row of raw_superstore \(--again /);
    await sql`insert into raw_superstore (sales, quantity, segment) values (7, 1, 'Consumer')`;
    const more = await run('score', '--all');
    expect(more.stdout).toBe('1 rows read, 1 scored and stored, 0 refused\n');
    expect(more.stderr).toMatch(/^run \d+: 1 rows of .* have scored the others \(--again /);
    const anew = await run('score', '--all', '--again');
    expect(anew.stdout).toBe('3 rows read, 3 scored and stored, 0 refused\n');
  });
});

describe('a run of score', () => {
  test('is listed, followed and joined by its id', async () => {
    await run('score', '--all');
    const { stdout } = await run('score', '--list', '--json');
    const [listed] = JSON.parse(stdout) as { id: number }[];
    expect(listed).toMatchObject({
      state: 'done',
      rawTable: 'raw_superstore',
      model: { name: 'rf_profit_margin', version: '7' },
      stored: 2,
    });
    const id = String(listed!.id);
    expect((await run('score', '--list')).stdout).toMatch(
      /^run +state .*\n +\d+ +done +raw_superst/,
    );
    for (const args of [[], ['--join']]) {
      const followed = await run('score', '--follow', id, ...args);
      expect(followed).toMatchObject({
        code: 0,
        stdout: '2 rows read, 2 scored and stored, 0 refused\n',
      });
    }
  });

  test('of another model is not gone on with, and the refusal says the step', async () => {
    await run('score', '--all');
    const [{ id } = { id: '' }] = await sql<{ id: string }[]>`
      update score_runs set state = 'running' returning id`;
    const joined = await runCommand(['score', '--follow', id, '--join'], environment(BOUNDED));
    expect(joined.code).toBe(1);
    expect(joined.stderr).toMatch(
      sentence(`run ${id} is of the model rf_profit_margin 7 .*: configure that model to go on`),
    );
    // The same command with the new model begins a new run, and names the one that was left.
    const fresh = await runCommand(['score', '--all'], environment(BOUNDED));
    expect(fresh.stderr).toContain(`run ${id} of another model of this name, rf_profit_margin 7`);
  });

  test('that is not there is named, with the way to find those that are', async () => {
    const { code, stderr } = await run('score', '--follow', '4711');
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence('there is no run 4711: thicket score --list has them'));
  });

  test.each([
    [['score', '--follow', 'x']],
    [['score', '--join', '--all']],
    [['score', '--list', '--all']],
    [['score', '--follow', '1', '--again']],
    [['score', '--again']],
  ])('%j is called wrongly', async (args) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: /);
  });

  test('is written in one piece where a server would hold fewer rows', async () => {
    await sql`insert into raw_superstore (sales, quantity, segment)
      select at, 1, 'Consumer' from generate_series(1, 3000) as at`;
    const small = { ...environment(MARGIN), THICKET_OUTCOME_ROWS_MAX: '1000' };
    expect(await runCommand(['score', '--all'], small)).toMatchObject({
      code: 0,
      stdout: '3,002 rows read, 3,002 scored and stored, 0 refused\n',
    });
  });
});

describe('a command that reads files ends with 1 and one sentence', () => {
  test('predict of a table whose rows are all refused', async () => {
    const { code, stdout, stderr } = await run('predict', MARGIN, '--input', path('bad.csv'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'prediction\n""\n""\n' });
    expect(stderr).toMatch(sentence('2 of 2 rows have no prediction'));
  });

  test.each([['show'], ['bench'], ['import']])(
    '%s of nothing, in each form of it',
    async (name) => {
      mkdirSync(path('folder'), { recursive: true });
      writeFileSync(path('empty.joblib'), '');
      expect((await run(name)).code).toBe(2);
      for (const model of ['absent.joblib', 'empty.joblib', 'folder']) {
        const out = name === 'import' ? ['--out', path('made.thicket')] : [];
        const { code, stdout, stderr } = await run(name, path(model), ...out);
        expect({ model, code, stdout }).toEqual({ model, code: 1, stdout: '' });
        expect(stderr).toMatch(sentence(''));
        expect(stderr).not.toContain('this is a bug');
      }
      expect(existsSync(path('made.thicket'))).toBe(false);
    },
  );

  test('import of a hostile file, which runs nothing of it and leaves nothing behind', async () => {
    const marker = path('executed');
    // A pickle that would call os.system.
    writeFileSync(path('hostile.pkl'), `cos\nsystem\n(S'touch ${marker}'\ntR.`);
    const { code, stderr } = await run(
      'import',
      path('hostile.pkl'),
      '--out',
      path('made.thicket'),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence(''));
    expect([existsSync(marker), existsSync(path('made.thicket'))]).toEqual([false, false]);
  });
});

/** The lines of a command whose stdout is this file. */
async function runInto(
  file: string,
  args: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const output = openSync(file, 'w');
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment(MARGIN) },
    stdio: ['ignore', output, 'pipe'],
  });
  closeSync(output);
  const stderr = child.stderr!.toArray();
  const [code] = (await once(child, 'exit')) as [number];
  return { code, stderr: Buffer.concat((await stderr) as Buffer[]).toString() };
}

/** The same with a reader that has gone before anything was written. */
async function runUnread(args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment(MARGIN) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const stderr = child.stderr.toArray();
  const [code] = (await once(child, 'exit')) as [number];
  return { code, stderr: Buffer.concat((await stderr) as Buffer[]).toString() };
}

const PRINTING: readonly (readonly [name: string, args: () => readonly string[]])[] = [
  ['show', () => ['show', MARGIN]],
  ['show --json', () => ['show', MARGIN, '--json']],
  ['bench', () => ['bench', MARGIN]],
  ['predict', () => ['predict', MARGIN, '--input', path('rows.csv')]],
  ['import', () => ['import', MARGIN, '--out', path('again.thicket')]],
  ['ingest', () => ['ingest', path('superstore.csv')]],
  ['process', () => ['process']],
  ['score', () => ['score', '--all']],
  ['score --list', () => ['score', '--list']],
  ['migrate', () => ['migrate']],
  ['down', () => ['down']],
];

describe('output that cannot be written', () => {
  test.each(PRINTING)('of %s to a full disk is one sentence and 1', async (_, args) => {
    const { code, stderr } = await runInto('/dev/full', args());
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence('.*no space left on device'));
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test.each(PRINTING)(
    'of %s to a closed pipe ends it without a word of its own',
    async (_, args) => {
      const { code, stderr } = await runUnread(args());
      expect(code).toBe(1);
      expect(stderr).not.toMatch(/thicket: |^ +at /m);
    },
  );

  test.each([
    ['absent/out.csv', 'no such file or directory'],
    ['folder', 'illegal operation on a directory'],
  ])('of predict to %s is one sentence that names the file', async (name, why) => {
    mkdirSync(path('folder'), { recursive: true });
    const args = ['predict', MARGIN, '--input', path('rows.csv'), '--output', path(name)];
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence(`.*${name} cannot be written: .*${why}`));
  });

  test('of predict and import to a disk that fills up leaves the older file and nothing else', async (context) => {
    const disk = SmallDisk.mount(2);
    if (disk === null) return context.skip();
    try {
      const out = join(disk.directory, 'out.csv');
      const made = join(disk.directory, 'made.thicket');
      writeFileSync(out, 'older');
      writeFileSync(made, 'older');
      const many = path('many.csv');
      writeFileSync(many, `sales,quantity,segment\n${'5,1,Consumer\n'.repeat(1_000_000)}`);
      const large = path('large.thicket');
      await writePackage(large, withGolden(completeModel(64, 12)));
      const lines = [
        ['predict', MARGIN, '--input', many, '--output', out],
        ['import', large, '--out', made],
      ];
      for (const line of lines) {
        const { code, stderr } = await run(...line);
        expect({ line, code }).toEqual({ line, code: 1 });
        expect(stderr).toMatch(sentence('.*cannot be written: .*no space left on device'));
      }
      expect(readdirSync(disk.directory).toSorted()).toEqual(['made.thicket', 'out.csv']);
      expect([out, made].map((file) => readFileSync(file, 'utf8'))).toEqual(['older', 'older']);
    } finally {
      disk.unmount();
    }
  });
});
