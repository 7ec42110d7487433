import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';

/**
 * Lowest row first. A file imports its own room and lower rows; rooms on one row do not know each other.
 * `docs/architecture.md` says what each room is for.
 */
type Rows = readonly (readonly string[])[];

const SRC: Rows = [
  ['core'],
  ['ops'],
  ['schema', 'store', 'forest', 'formula'],
  ['table'],
  ['model'],
  ['import'],
  ['live'],
  ['registry', 'batch', 'data'],
  ['score'],
  ['jobs', 'train', 'watch'],
  ['http', 'cli'],
  ['wire'],
  ['index.ts', 'main.ts'], // The doors of the package and of the program.
];

/** Rooms inside of rooms. Here a row may name files too: those that stand in the room itself. */
const INSIDE: Readonly<Record<string, Rows>> = {
  store: [
    ['client.ts', 'reasons.ts', 'names.ts', 'own-tables.ts'],
    [
      'failures.ts',
      'copy.ts',
      'array-literal.ts',
      'migrate.ts',
      'partitions.ts',
      'expired-keys.ts',
    ],
    ['transactions.ts', 'embedded'],
    ['store.ts'],
    ['outcomes'],
  ],
  data: [
    ['dataset.ts'],
    ['datasets', 'column-sql.ts', 'formula-sql.ts'],
    ['select-rows.ts', 'tables.ts'],
    ['raw-rows.ts', 'ingest.ts', 'process.ts'],
    ['example.ts'],
  ],
  model: [
    ['refuse.ts', 'block-rows.ts', 'numbers'],
    ['stages.ts', 'model.ts', 'check.ts', 'values.ts', 'spec.ts'],
    ['kinds'],
    ['plan', 'package'],
    ['golden', 'given-trees.ts'],
  ],
  'model/kinds': [['kind.ts'], ['preparation'], ['answer'], ['table.ts']],
  import: [
    ['signature.ts'],
    ['mlflow.ts'],
    ['unpack', 'build', 'model-file.ts', 'model-place.ts'],
    ['python'],
    ['sklearn', 'xgboost', 'lightgbm', 'catboost', 'onnx'], // None knows another.
    ['formats.ts'],
    ['load-model.ts'],
  ],
  'import/python': [['pickle'], ['skops', 'beside.ts', 'pickled-models.ts']],
  'import/sklearn': [
    ['read'],
    ['steps', 'wrappers'],
    ['pipeline.ts'],
    ['trees', 'linear', 'combined'],
    ['refused-models.ts'],
    ['predictors.ts', 'mapped-columns.ts'],
    ['context.ts', 'field-shape.ts', 'unwrap'],
    ['import.ts'],
  ],
  jobs: [
    ['poison.ts'],
    ['struct.ts'],
    ['message.ts'],
    ['job-rows.ts', 'new-jobs.ts', 'payload.ts', 'attempts.ts'],
    ['broker'],
    ['outbox.ts', 'submitter.ts', 'runner.ts'],
    ['worker.ts'],
    ['jobs.ts'],
  ],
  http: [['openapi'], ['server', 'profiles'], ['rows'], ['routes'], ['server.ts']],
};

const NATIVE: Rows = [
  ['forest'],
  ['kernels'],
  ['scoring'],
  ['tuner', 'door'],
  ['binding', 'bench', 'test'],
  ['fuzz'],
];
const INSIDE_NATIVE: Readonly<Record<string, Rows>> = {
  forest: [
    ['view', 'memory'],
    ['columns'],
    ['layouts'],
    ['kernel_choice.h'],
    ['forest.h', 'forest.cc'],
    ['builder.h', 'builder.cc', 'registry.h', 'registry.cc'],
  ],
  kernels: [
    ['bins.h', 'bin_row.h', 'reference.h', 'reference.cc'],
    ['kernel.h'],
    ['passes.h', 'passes.cc', 'kernel.cc'],
    ['portable', 'avx2', 'avx512'],
  ],
};

/** More files side by side hide the rooms that are in them. */
const ROOM_FILES_MAX = 25;

const TYPESCRIPT_IMPORT = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;
const CPP_INCLUDE = /^#include "([^"]+)"/gm;

/** One of the two houses: its files, and the files that each of them imports, relative to its root. */
interface House {
  readonly root: string;
  readonly rows: Rows;
  readonly inside: Readonly<Record<string, Rows>>;
  readonly files: readonly string[];
  readonly importsOf: (file: string) => readonly string[];
}

const HOUSES: readonly House[] = [
  {
    root: 'src',
    rows: SRC,
    inside: INSIDE,
    files: filesBelow('src', ['.ts']),
    importsOf: (file) =>
      matchesIn(join('src', file), TYPESCRIPT_IMPORT).map((to) => join(dirname(file), to)),
  },
  {
    root: 'native',
    rows: NATIVE,
    inside: INSIDE_NATIVE,
    files: filesBelow('native', ['.cc', '.h']),
    // A name without a folder is a file beside the one that includes it.
    importsOf: (file) =>
      matchesIn(join('native', file), CPP_INCLUDE).map((to) =>
        to.includes('/') ? to : join(dirname(file), to),
      ),
  },
];

function filesBelow(root: string, endings: readonly string[]): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    endings.some((ending) => file.endsWith(ending)),
  );
}

function matchesIn(path: string, pattern: RegExp): readonly string[] {
  return Array.from(readFileSync(path, 'utf8').matchAll(pattern), ([, to = '']) => to);
}

/** The rooms that two files share, outermost first, and the part of each path that differs there. */
function parting(from: string, to: string): { room: string; own: string; other: string } {
  const [a, b] = [from.split('/'), to.split('/')];
  let depth = 0;
  while (depth < a.length - 1 && depth < b.length - 1 && a[depth] === b[depth]) depth++;
  return { room: a.slice(0, depth).join('/'), own: a[depth]!, other: b[depth]! };
}

/** Why `from` may not import `to`; null where it may. */
function objection({ rows, inside, root }: House, from: string, to: string): string | null {
  if (to.startsWith('..')) return `${from} leaves ${root}: ${to}`;
  const { room, own, other } = parting(from, to);
  const order = room === '' ? rows : inside[room];
  if (order === undefined) return null; // A room without rooms.
  const height = (name: string): number => order.findIndex((row) => row.includes(name));
  if (height(own) < 0) return `give ${join(room, own)} a row`;
  if (height(other) < 0) return `give ${join(room, other)} a row`;
  // Files that stand side by side in one row are one thing in parts.
  if (height(own) === height(other) && own.includes('.') && other.includes('.')) return null;
  return height(other) < height(own) ? null : `${from} imports ${to}, which is no lower`;
}

/** Rooms and files of `room` that no row names. */
function withoutRow({ rows, inside }: House, file: string): readonly string[] {
  const parts = file.split('/');
  return parts.flatMap((name, depth) => {
    const room = parts.slice(0, depth).join('/');
    const order = room === '' ? rows : inside[room];
    return order === undefined || order.some((row) => row.includes(name)) ? [] : [join(room, name)];
  });
}

describe.each(HOUSES)('$root', (house) => {
  test('has files to look at', () => {
    expect(house.files.length).toBeGreaterThan(0);
  });
  test('has a row for every room', () => {
    expect(house.files.flatMap((file) => withoutRow(house, file))).toEqual([]);
  });
  test(`has no room with more than ${ROOM_FILES_MAX} files side by side`, () => {
    const rooms = [...new Set(house.files.map((file) => dirname(file)))];
    const filesIn = (room: string): number =>
      house.files.filter((file) => dirname(file) === room).length;
    expect(rooms.filter((room) => filesIn(room) > ROOM_FILES_MAX)).toEqual([]);
  });
  test.each(house.files)('%s looks only down', (file) => {
    const objections = house.importsOf(file).map((to) => objection(house, file, to));
    expect(objections.filter((each) => each !== null)).toEqual([]);
  });
});

test('an import of a higher room, within a room too, and a room without a row are noticed', () => {
  const [src] = HOUSES;
  expect(objection(src!, 'core/a.ts', 'http/b.ts')).toContain('no lower');
  expect(objection(src!, 'store/embedded/a.ts', 'store/store.ts')).toContain('no lower');
  expect(objection(src!, 'model/plan/a.ts', 'model/package/b.ts')).toContain('no lower');
  expect(objection(src!, 'core/a.ts', '../native/b.ts')).toContain('leaves src');
  expect(objection(src!, 'http/a.ts', 'nowhere/b.ts')).toContain('give nowhere a row');
  expect(objection(src!, 'http/routes/a.ts', 'core/errors.ts')).toBeNull();
  expect(withoutRow(src!, 'model/attic/a.ts')).toEqual(['model/attic']);
});

describe('importers of libraries', () => {
  const [src] = HOUSES;
  const LIBRARY = /^import\/(?:sklearn|xgboost|lightgbm|catboost|onnx)\//;

  test('are known to the table of formats alone', () => {
    const strangers = src!.files.filter((file) => !LIBRARY.test(file));
    const knowing = strangers.filter((file) => src!.importsOf(file).some((to) => LIBRARY.test(to)));
    expect(knowing).toEqual(['import/formats.ts']);
  });
  test('do not know each other', () => {
    const booster = 'import/xgboost/a.ts';
    expect(objection(src!, booster, 'import/sklearn/read/step.ts')).toContain('no lower');
    expect(objection(src!, booster, 'import/build/predictor.ts')).toBeNull();
  });
});
