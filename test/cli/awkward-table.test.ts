import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fieldsFromSample } from '../../src/cli/sample-fields.ts';
import type { DatasetColumn } from '../../src/data/dataset.ts';
import { ingestCsv, type IngestResult } from '../../src/data/ingest.ts';
import { withGolden } from '../../src/import/load-model.ts';
import { readPackage, writePackage } from '../../src/model/package/package.ts';
import type { Store } from '../../src/store/store.ts';
import type { CellValue } from '../../src/table/cells.ts';
import { rejectionText } from '../../src/table/rows.ts';
import { smallModel } from '../model/small-model.ts';
import {
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';
import { run } from './run.ts';

/** Columns of the small model, in another order than its fields. */
const HEADER = 'note;age;other;plan;paid';

/** Each record with its line end; `latin` stands for a letter that is no UTF-8. */
const RECORDS = (latin: string): string =>
  [
    `${HEADER}\r\n`,
    '"two\nlines";30;;pro;True\r\n',
    '\n\r\n',
    '"two\r\nlines";" 31";x;basic;0\n',
    '5" disk; 32 ;x;pro;1\r\n',
    '"S"outh;33.0;x;" pro";FALSE\n',
    'say ""so"";34;x;None;true\n',
    '"say ""so""";NA;x; N/A ;false\n',
    '  ;;x;\t;1\n',
    'short;1;x;pro\n',
    'long;1;x;pro;1;more\r\n',
    'x;young;x;pro;1\n',
    'x;2.5;x;pro;1\n',
    'x;1,5;x;pro;1\n',
    'x;-inf;x;pro;1\n',
    'x;1;x;pro;maybe\n',
    `Z${latin}rich;35;x;pro;1\n`,
    'Zürich;36;x;pro;1\r\n',
    'Málaga €;37;x;basic;0\n',
    '"opened;38;x;pro;1\n39;40\nclosed";x\n',
    'last;41;x;pro;1',
  ].join('');

/** Lines and reasons of the records that are no rows, in both encodings. */
const REJECTED = [
  'line 13: 4 cells where 5 belong',
  'line 14: 6 cells where 5 belong',
  'line 15, column age: not a number: "young"',
  'line 16, column age: not a whole number: "2.5"',
  'line 17, column age: not a number: "1,5" (numbers have a decimal point)',
  'line 18, column age: not a finite number: "-inf"',
  'line 19, column paid: not true or false: "maybe"',
];
const BROKEN = 'line 20, column note: holds bytes that are not UTF-8';
const SWALLOWED = 'line 23: 2 cells where 5 belong, on 3 lines: is a quote closed too late?';

/** Values of the rows: age, paid, plan, note. */
const ROWS = [
  [30, true, 'pro', 'two\nlines'],
  [31, false, 'basic', 'two\r\nlines'],
  [32, true, 'pro', '5" disk'],
  [33, false, ' pro', '"S"outh'],
  [34, true, null, 'say ""so""'],
  [null, false, null, 'say "so"'],
  [null, true, null, null],
];
const LAST_ROWS = [
  [36, true, 'pro', 'Zürich'],
  [37, false, 'basic', 'Málaga €'],
  [41, true, 'pro', 'last'],
];

const COLUMNS = (['age', 'paid', 'plan', 'note'] as const).map((name): DatasetColumn => {
  const type = { age: 'integer', paid: 'boolean', plan: 'text', note: 'text' } as const;
  return { name, type: type[name], headers: [], required: true, trim: false };
});

const FILES = [
  {
    name: 'UTF-8 with a byte order mark and a row that is not',
    bytes: Buffer.concat(
      RECORDS('LATIN')
        .split('LATIN')
        .flatMap((part, at) =>
          at === 0 ? [Buffer.from(`\ufeff${part}`)] : [Buffer.from([0xfc]), Buffer.from(part)],
        ),
    ),
    encoding: 'utf-8',
    rejected: [...REJECTED, BROKEN, SWALLOWED],
    rows: [...ROWS, ...LAST_ROWS],
  },
  {
    name: 'Windows-1252',
    bytes: Buffer.from(RECORDS('ü').replaceAll('€', '\x80'), 'latin1'),
    encoding: 'windows-1252',
    rejected: [...REJECTED, SWALLOWED],
    rows: [...ROWS, [35, true, 'pro', 'Zürich'], ...LAST_ROWS],
  },
] as const;

let postgres: TestPostgres;
let store: Store;
let directory: string;
let model: string;
const at = (name: string): string => join(directory, name);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'thicket-awkward-'));
  model = at('churn.thicket');
  await writePackage(model, withGolden(smallModel()));
  postgres = await startPostgres();
  store = await startStore(postgres.url);
}, STORE_READY_MS_MAX);

afterAll(async () => {
  await store?.stop();
  await postgres?.stop();
  rmSync(directory, { recursive: true });
});

/** The rows as the database has them after an ingest, and the report on the others. */
async function ingested(path: string): Promise<IngestResult & { stored: unknown[] }> {
  await store.query((sql) => sql`drop table if exists raw_awkward, processed_awkward`);
  const dataset = {
    name: 'awkward',
    rawTable: 'raw_awkward',
    processedTable: 'processed_awkward',
    key: 'id',
    columns: COLUMNS,
    processed: [],
    fields: new Map(),
  };
  const result = await ingestCsv(store, dataset, path);
  const rows = await store.query((sql) => sql`select * from raw_awkward order by id`);
  const stored = rows.map((row) => COLUMNS.map(({ name }) => row[name] as unknown));
  return { ...result, stored };
}

describe.each(FILES)('an awkward table, $name,', ({ bytes, encoding, rejected, rows }) => {
  test('is read by ingest', async () => {
    writeFileSync(at('awkward.csv'), bytes);
    const result = await ingested(at('awkward.csv'));
    expect(result.stored).toEqual(rows);
    expect(result.rejections.map(rejectionText)).toEqual(rejected);
    expect(result).toMatchObject({ encoding, ignored: ['other'], rows: rows.length });
  });

  test('is read by import --sample', async () => {
    writeFileSync(at('awkward.csv'), bytes);
    const out = at('sampled.thicket');
    const made = await run('import', model, '--sample', at('awkward.csv'), '--out', out);
    expect(made.code).toBe(0);
    expect(made.stderr.trim().split('\n').slice(0, -1)).toEqual(rejected);
    expect(made.stderr).toContain(`${rejected.length} rows that the model does not take`);
    expect((await readPackage(out)).golden.inputs).toEqual(rows);
  });

  test('is looked at by import --sample for what is whole and what is true', async () => {
    writeFileSync(at('awkward.csv'), bytes);
    const fields = ['age', 'paid', 'note'].map((name) => ({ name, type: 'number' }) as const);
    const [age, paid, note] = await fieldsFromSample(fields, 'churned', at('awkward.csv'));
    expect([age?.integer, paid?.type, note?.integer]).toEqual([undefined, 'number', undefined]);
  });

  test('is read by predict, from a file and from a stream', async () => {
    writeFileSync(at('awkward.csv'), bytes);
    const wanted = await run('predict', model, '--input', plainTable(rows));
    expect(wanted).toMatchObject({ code: 0, stderr: '' });
    const file = await run('predict', model, '--input', at('awkward.csv'));
    expect(file.stderr.trim().split('\n').slice(0, -1)).toEqual(rejected);
    const lines = file.stdout.split('\n');
    expect(lines.filter((line) => line !== ',,')).toEqual(wanted.stdout.split('\n'));
    expect(lines.filter((line) => line === ',,')).toHaveLength(rejected.length);
    expect(await fromPipe(bytes)).toEqual(file);
  });
});

/** The rows as any program writes them. */
function plainTable(rows: readonly (readonly CellValue[])[]): string {
  const lines = rows.map((row) =>
    row.map((value) => (value === null ? '' : `"${String(value).replaceAll('"', '""')}"`)).join(),
  );
  writeFileSync(at('plain.csv'), `age,paid,plan,note\n${lines.join('\n')}\n`);
  return at('plain.csv');
}

/** The output of predict for a table that comes through a pipe in small pieces. */
async function fromPipe(bytes: Buffer): Promise<Awaited<ReturnType<typeof run>>> {
  const pipe = at('pipe.csv');
  execFileSync('mkfifo', [pipe]);
  const writer = createWriteStream(pipe);
  const ended = run('predict', model, '--input', pipe);
  for (let start = 0; start < bytes.length; start += 10) {
    writer.write(bytes.subarray(start, start + 10));
  }
  writer.end();
  try {
    return await ended;
  } finally {
    rmSync(pipe);
  }
}
