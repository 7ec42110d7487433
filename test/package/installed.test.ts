import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'thicket-installed-'));
const modules = join(folder, 'node_modules');
const installed = join(modules, 'thicket');
const addon = 'build/Release/thicket.node';

/** A program that installs the package, under strict types; TypeScript refuses it where an expected error is none. */
const PROGRAM = `
import { type InputRow, type Prediction, ThicketError, loadModel, openModel, writePackage } from 'thicket';

const row: InputRow = {
  sales: 261.96, quantity: 2, discount: 0, segment: 'Consumer', region: 'South',
  category: 'Furniture', sub_category: 'Bookcases', ship_mode: 'Second Class',
};
const [path, packed] = process.argv.slice(2) as [string, string];

const model = await openModel(path);
const [answer] = model.predict([row]);
model.close();

await writePackage(packed, await loadModel(path));
const again = await openModel(packed);
const answers: (Prediction | null)[] = again.predict([row, row]);
let refusal: ThicketError | null = null;
try {
  again.predict([row, { ...row, sales: 'much' }]);
} catch (error) {
  if (error instanceof ThicketError) refusal = error;
}
again.close();
// @ts-expect-error -- a row may have no answer.
const unchecked = (): unknown => answer.prediction;
console.log(
  JSON.stringify([
    answer?.prediction,
    ...answers.map((each) => each?.prediction),
    refusal?.code,
    refusal?.issues[0]?.loc,
    typeof unchecked,
  ]),
);
`;

const OPTIONS = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  module: 'nodenext',
  target: 'es2023',
  types: ['node'],
  typeRoots: [resolve('node_modules/@types')],
};

/** Installs as npm would, without its network: the tarball, its dependencies, and the addon as it is built here. */
function install(): void {
  const tarball = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
    { encoding: 'utf8' },
  ).trim();
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', installed]);
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies))
    link(join('node_modules', name), join(modules, name));
  link(addon, join(installed, addon));
}

function link(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(resolve(from), to);
}

beforeAll(() => {
  if (!existsSync('dist/src/index.js'))
    throw new Error('the package is not compiled: npm run build');
  install();
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: OPTIONS, files: ['program.ts'] }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a strict program of somebody else compiles, and predicts by file and by package', () => {
  execFileSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  });
  const output = execFileSync(
    process.execPath,
    [
      join(folder, 'program.js'),
      join(installed, 'examples/superstore/model.joblib'),
      join(folder, 'model.thicket'),
    ],
    { cwd: tmpdir(), encoding: 'utf8' },
  );
  const margin = 0.15049260412836626;
  expect(JSON.parse(output)).toEqual([
    margin,
    margin,
    margin,
    'ROW_INVALID',
    ['rows', 1, 'sales'],
    'function',
  ]);
});
