/**
 * Sets up everything that is missing on a fresh clone: npm packages, the addon, the compiled TypeScript.
 * Each step is skipped when its result is newer than what it is made from.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { fail, newestChange, ROOT, run, say, versionOf } from './steps.mjs';

/** Those of `engines` in package.json; a test compares them. */
const NODE_MAJORS = [20, 22, 24];
/** Without Ninja, CMake compiles one file after the other unless it is asked for more. */
const PARALLEL = { CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()) };

export function setUp() {
  requirePlatform();
  requireTools();
  installPackages();
  buildAddon();
  compileTypeScript();
}

function requirePlatform() {
  const major = Number(process.versions.node.split('.')[0]);
  if (!NODE_MAJORS.includes(major)) {
    fail(
      `Node ${NODE_MAJORS.join(', ')} are those that run Thicket, and this is ${process.version}: ` +
        'docs/platforms.md says which systems each runs on',
    );
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    fail(`Thicket runs on Linux x64, and this is ${process.platform} ${process.arch}`);
  }
}

/** Before npm would fail over the addon with a page of its own. */
function requireTools() {
  if (isAddonBuilt()) return;
  if (versionOf('cmake') === null) fail('CMake is missing: install it (Debian: apt install cmake)');
  const compiler = process.env.CXX ?? 'c++';
  if (versionOf(compiler) === null) {
    fail(`a C++20 compiler is missing (tried ${compiler}): install one (Debian: apt install g++)`);
  }
}

function installPackages() {
  const installed = newestChange('node_modules/.package-lock.json');
  if (installed >= newestChange('package-lock.json') && installed > 0) return;
  say('installing npm packages, and building the addon');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], PARALLEL);
}

function buildAddon() {
  if (isAddonBuilt()) return;
  say('building the addon');
  run('npm', ['run', '--silent', 'build:native'], PARALLEL);
}

function isAddonBuilt() {
  const rooms = ['forest', 'kernels', 'scoring', 'tuner', 'door', 'binding'];
  const sources = ['CMakeLists.txt', ...rooms.map((room) => `native/${room}`)];
  return newestChange('build/Release/thicket.node') > newestChange(...sources);
}

function compileTypeScript() {
  const compiled = newestChange('dist/src/main.js');
  if (compiled > newestChange('src', 'tsconfig.json', 'tsconfig.build.json')) return;
  say('compiling TypeScript');
  // In a new folder: the compiler leaves behind the output of files that moved, and one that was
  // interrupted leaves a part, which must not pass for the whole.
  const [output, made, old] = ['dist', 'dist.new', 'dist.old'].map((name) => join(ROOT, name));
  rmSync(made, { recursive: true, force: true });
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  run(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', made]);
  if (!existsSync(join(made, 'src/main.js'))) fail('the compiler left no src/main.js');
  // Programs that run from the old folder miss it for a moment only.
  rmSync(old, { recursive: true, force: true });
  if (existsSync(output)) renameSync(output, old);
  renameSync(made, output);
  rmSync(old, { recursive: true, force: true });
}

if (process.argv[1] === import.meta.filename) setUp();
