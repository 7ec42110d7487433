/**
 * `npm run check:native`: the C++ code under every check that the normal build does not make.
 *
 *   format    clang-format agrees with every file
 *   lint      clang-tidy has nothing to say
 *   asan      native tests and fuzz under AddressSanitizer and UndefinedBehaviorSanitizer
 *   tsan      tests of scoring, loading and unloading on several threads under ThreadSanitizer
 *
 * Arguments choose among them (`npm run check:native -- format tsan`); without any, all run.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { fail, ROOT, say, versionOf } from './steps.mjs';

/** The versions that .clang-format and .clang-tidy are written for; Python's registry has them. */
const TOOLS = { 'clang-format': '23.1.1', 'clang-tidy': '22.1.8' };
const TOOLS_FOLDER = join(ROOT, '.cache/clang');
const BUILDS_FOLDER = join(ROOT, '.cache/native');
/** Of all cores together: each fuzzes its share of them, from a seed of its own. */
const FUZZ_SECONDS = 60;

const CHECKS = { format, lint, asan, tsan };

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(CHECKS, name));
if (unknown !== undefined) {
  fail(`there is no check "${unknown}"; there are ${Object.keys(CHECKS).join(', ')}`);
}
const results = [];
for (const name of asked.length > 0 ? asked : Object.keys(CHECKS)) {
  say(`checking: ${name}`);
  const start = performance.now();
  const passed = await CHECKS[name]();
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  results.push(passed);
  process.stdout.write(`${passed ? 'pass' : 'FAIL'}  ${name} (${seconds} s)\n`);
}
process.exitCode = results.every(Boolean) ? 0 : 1;

function format() {
  return tool('clang-format', ['--dry-run', '-Werror', ...sources('.h', '.cc')]);
}

/** One process per file and core: clang-tidy itself uses one. */
async function lint() {
  const build = configure('lint', [
    '-DTHICKET_TESTS=ON',
    '-DTHICKET_BENCH=ON',
    // The addon's headers, as cmake-js would pass them, so that binding/ is linted too.
    `-DCMAKE_JS_INC=${join(ROOT, 'node_modules/node-api-headers/include')};${join(ROOT, 'node_modules/node-addon-api')}`,
  ]);
  const program = installed('clang-tidy');
  const files = sources('.cc').filter((file) => compiledFiles(build).has(join(ROOT, file)));
  let passed = true;
  const work = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      passed = (await lintFile(program, build, file)) && passed;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return passed;
}

function lintFile(program, build, file) {
  return new Promise((resolve) => {
    const args = ['--quiet', '--warnings-as-errors=*', '-p', build, file];
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    child.on('close', (status) => {
      if (status !== 0) process.stderr.write(`${file}\n${said}`);
      resolve(status === 0);
    });
  });
}

async function asan() {
  const programs = buildTests('asan', 'address,undefined', ['thicket_test', 'thicket_fuzz']);
  return runs(join(programs, 'thicket_test'), ['--gtest_brief=1']) && fuzz(programs);
}

async function fuzz(programs) {
  const cores = availableParallelism();
  const start = Date.now();
  const passed = await Promise.all(
    Array.from({ length: cores }, (_, core) => {
      // Seeds count up by one a case; those of two cores stay apart.
      const args = [String(FUZZ_SECONDS / cores), String(start + core * 1_000_000_000)];
      return new Promise((resolve) => {
        const stdio = ['ignore', 2, 2];
        const child = spawn(join(programs, 'thicket_fuzz'), args, { cwd: ROOT, stdio });
        child.on('close', (status) => resolve(status === 0));
      });
    }),
  );
  return passed.every(Boolean);
}

function tsan() {
  const programs = buildTests('tsan', 'thread', ['thicket_threads_test']);
  return runs(join(programs, 'thicket_threads_test'), ['--gtest_brief=1']);
}

/** @returns The folder of the programs. */
function buildTests(name, sanitizers, programs) {
  const build = configure(name, ['-DTHICKET_TESTS=ON', `-DTHICKET_SANITIZE=${sanitizers}`]);
  const targets = programs.flatMap((program) => ['--target', program]);
  const args = ['--build', build, '--parallel', String(availableParallelism()), ...targets];
  if (!runs('cmake', args, 'ignore'))
    fail(`the ${name} build failed: run "cmake ${args.join(' ')}"`);
  return join(build, 'native/test');
}

function configure(name, options) {
  if (versionOf('cmake') === null) fail('CMake is missing: install it (Debian: apt install cmake)');
  const build = join(BUILDS_FOLDER, name);
  const args = ['-S', ROOT, '-B', build, '-DCMAKE_BUILD_TYPE=Release', ...options];
  if (!runs('cmake', args, 'ignore')) fail(`CMake fails: run "cmake ${args.join(' ')}" to see why`);
  return build;
}

function compiledFiles(build) {
  const commands = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8'));
  return new Set(commands.map(({ file }) => join(file)));
}

function tool(name, args) {
  return runs(installed(name), args);
}

/** The tool's path; installed on first use into a Python environment of our own. */
function installed(name) {
  const program = join(TOOLS_FOLDER, 'bin', name);
  const version = TOOLS[name];
  if (existsSync(program) && (versionLines(program) ?? '').includes(version)) return program;
  if (versionOf('python3') === null) {
    fail(`Python 3 is missing: it is needed once, to install ${name} ${version} for this check`);
  }
  say(`installing ${name} ${version} into .cache/clang`);
  const pip = join(TOOLS_FOLDER, 'bin/pip');
  const done =
    (existsSync(pip) || runs('python3', ['-m', 'venv', TOOLS_FOLDER])) &&
    runs(pip, ['install', '--quiet', '--disable-pip-version-check', `${name}==${version}`]);
  if (!done)
    fail(`${name} ${version} cannot be installed: Python's package registry is needed once`);
  return program;
}

function versionLines(program) {
  const done = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return done.status === 0 ? done.stdout : null;
}

/** Every native source with one of the endings, relative to the root. */
function sources(...endings) {
  return readdirSync(join(ROOT, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .map((file) => join('native', file))
    .toSorted();
}

function runs(command, args, output = 2) {
  const done = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', output, 2] });
  if (done.error) fail(`${command} cannot be run: ${done.error.message}`);
  return done.status === 0;
}
