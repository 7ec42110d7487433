/**
 * `npm run parity:inversions`: is every sentence on scikit-learn's arithmetic held by a fixture? In a copy
 * of the repository the code behind each sentence is inverted, one at a time, and the parity test of the
 * fixtures named must fail. It prints a table: sentence, file, fixtures that noticed. It fails where a text
 * is not found, where the copy is not green to begin with, or where no fixture noticed.
 *
 * Arguments are words that a sentence, its file or its fixtures must contain: `npm run parity:inversions -- float32`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { readFixtures } from '../read-fixtures.mjs';
import { GRADIENT_BOOSTING_INVERSIONS } from './inversions/gradient-boosting.mjs';
import { HIST_GRADIENT_BOOSTING_INVERSIONS } from './inversions/hist-gradient-boosting.mjs';
import { TREE_INVERSIONS } from './inversions/trees.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const PARITY = 'test/parity/sklearn/parity.test.ts';
const FIXTURES = 'test/parity/sklearn/fixtures';
const ADDON = 'build/Release/thicket.node';

export const INVERSIONS = [
  ...TREE_INVERSIONS,
  ...GRADIENT_BOOSTING_INVERSIONS,
  ...HIST_GRADIENT_BOOSTING_INVERSIONS,
];

class Unproved extends Error {}

function main(words) {
  const chosen = INVERSIONS.filter(({ sentence, file, fixtures }) =>
    words.every((word) => `${sentence} ${file} ${fixtures}`.includes(word)),
  );
  if (chosen.length === 0) throw new Unproved('no inversion has these words');
  refuseLostTexts(chosen);
  const copy = copyRepository();
  try {
    const native = chosen.filter(isNative);
    if (native.length > 0) build(copy);
    proveGreen(copy, chosen);
    // Those that build the addon come last: each of them takes the place of the one before.
    const inOrder = [...chosen.filter((one) => !isNative(one)), ...native];
    const rows = inOrder.map((inversion) => {
      const noticed = invert(copy, inversion);
      console.log(`${noticed.length > 0 ? 'noticed' : 'MISSED '} ${inversion.sentence}`);
      return { inversion, noticed };
    });
    print(rows);
    const missed = rows.filter(({ noticed }) => noticed.length === 0);
    if (missed.length > 0) throw new Unproved(`${missed.length} inversions were not noticed`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** A change elsewhere may have moved the code: then the table must follow, or it proves nothing. */
function refuseLostTexts(inversions) {
  const lost = lostTexts(inversions);
  if (lost.length > 0) throw new Unproved(lost.join('\n'));
}

export function lostTexts(inversions) {
  return inversions.flatMap(({ sentence, file, text }) => {
    const path = join(ROOT, file);
    const count = existsSync(path) ? readFileSync(path, 'utf8').split(text).length - 1 : 0;
    return count === 1 ? [] : [`${file} has ${count} times: ${text} (${sentence})`];
  });
}

function isNative({ file }) {
  return file.startsWith('native/');
}

/** Copies the files that git knows or would take from the work tree, and the addon as it is built. */
function copyRepository() {
  const copy = mkdtempSync(join(tmpdir(), 'thicket-inversions-'));
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  for (const file of [...files, ADDON]) {
    if (file === '' || !existsSync(join(ROOT, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function build(copy) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build:native'], {
    cwd: copy,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Unproved(`the addon does not build:\n${stdout}${stderr}`);
}

function proveGreen(copy, inversions) {
  const fixtures = new Set(inversions.flatMap((one) => fixturesOf(copy, one)));
  const failed = failures(copy, [...fixtures]);
  if (failed.length > 0) {
    throw new Unproved(`these fail without any inversion: ${failed.join(', ')}`);
  }
}

/** The fixtures whose name, or one of whose classes, the pattern describes. */
function fixturesOf(copy, { fixtures, sentence }) {
  const pattern = new RegExp(fixtures);
  const found = readFixtures(join(copy, FIXTURES))
    .filter(({ title, parts }) =>
      [title, ...parts.map((part) => part.class)].some((word) => pattern.test(word)),
    )
    .map(({ title }) => title);
  if (found.length === 0) throw new Unproved(`no fixture is called ${fixtures} (${sentence})`);
  return found;
}

/** The fixtures that fail while the text is inverted; afterwards everything is as it was. */
function invert(copy, inversion) {
  const path = join(copy, inversion.file);
  const before = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    before.replace(inversion.text, () => inversion.inverted),
  );
  try {
    if (isNative(inversion)) build(copy);
    return failures(copy, fixturesOf(copy, inversion));
  } finally {
    writeFileSync(path, before);
  }
}

/** Runs the parity tests of some fixtures, and names those that failed. */
function failures(copy, titles) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const pattern = titles.map((title) => title.replaceAll('.', '\\.')).join('|');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', PARITY, '-t', `(${pattern})`, '--reporter=json', `--outputFile=${report}`],
    { cwd: copy, encoding: 'utf8' },
  );
  if (!existsSync(report)) throw new Unproved(`the tests do not run:\n${stdout}${stderr}`);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const ran = testResults.flatMap(({ assertionResults }) => assertionResults);
  const meant = ran
    .map(({ ancestorTitles, status }) => ({ title: ancestorTitles.at(-1), status }))
    .filter(({ title }) => titles.includes(title));
  if (meant.length === 0) {
    const why = testResults.map(({ message }) => message).join('\n');
    throw new Unproved(`nothing ran of the fixtures ${titles.join(', ')}: ${why}`);
  }
  // Where a model is refused, its tests do not fail but are skipped.
  const noticed = meant.filter(({ status }) => status !== 'passed');
  return [...new Set(noticed.map(({ title }) => title))];
}

function print(rows) {
  console.log(
    '\n| sentence | code behind it | fixtures that fail without it |\n| --- | --- | --- |',
  );
  for (const { inversion, noticed } of rows) {
    const { sentence, file } = inversion;
    console.log(`| ${sentence} | ${file} | ${noticed.join(', ') || 'NONE'} |`);
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Unproved)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
