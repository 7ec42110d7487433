/**
 * `npm test`: the set-up, then every test. Native tests run first, because everything stands on them.
 * The last line is `N passed, N failed, N skipped`; the exit code is 1 when anything failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { setUp } from './setup.mjs';
import { ROOT, run, say, versionOf } from './steps.mjs';
import { countsOf, vitestCounts } from './vitest-report.mjs';

const REPORTS = join(ROOT, '.cache/reports');

setUp();
installTools();
rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const total = [nativeTests(), typeScriptTests()].reduce((sum, each) => ({
  passed: sum.passed + each.passed,
  failed: sum.failed + each.failed,
  skipped: sum.skipped + each.skipped,
}));
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

function nativeTests() {
  say('building and running the native tests');
  const report = join(REPORTS, 'native.xml');
  const build = join(ROOT, 'build/tests');
  run('cmake', ['-S', ROOT, '-B', build, '-DCMAKE_BUILD_TYPE=Release', '-DTHICKET_TESTS=ON']);
  run('cmake', ['--build', build, '--parallel', '2']);
  const done = spawnSync(
    'ctest',
    ['--test-dir', build, '--output-on-failure', '--output-junit', report],
    { stdio: ['ignore', 2, 2] },
  );
  return countsOf(done.status, () => {
    const xml = readFileSync(report, 'utf8');
    const count = (name) => Number(new RegExp(`${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
    const skipped = count('skipped') + count('disabled');
    return {
      passed: count('tests') - count('failures') - skipped,
      failed: count('failures'),
      skipped,
    };
  });
}

function typeScriptTests() {
  say('running the TypeScript tests');
  const report = join(REPORTS, 'vitest.json');
  const done = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { cwd: ROOT, stdio: ['ignore', 2, 2] },
  );
  return countsOf(done.status, () => vitestCounts(report));
}

/** Installs packages of the system that the tests need, by Debian's names. */
function installTools() {
  const needed = [
    { name: 'libgtest-dev', places: ['/usr/include/gtest/gtest.h'] },
    { name: 'chromium', places: ['/usr/bin/chromium', '/usr/bin/google-chrome'] },
  ];
  const missing = needed.filter(({ places }) => !places.some((place) => existsSync(place)));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  if (process.getuid?.() !== 0 || versionOf('apt-get') === null) {
    say(`without ${names.join(' and ')} some tests cannot run (Debian: apt install ...)`);
    return;
  }
  say(`installing ${names.join(' and ')}`);
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', ...names], { DEBIAN_FRONTEND: 'noninteractive' });
}
