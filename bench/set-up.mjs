/** Sets up what no clone brings: peers, trained shapes, packages. All below .cache. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fail, ROOT, run, say } from '../scripts/steps.mjs';

export const SHAPES = ['F-full', 'F-tuned', 'F-small', 'F-wide'];
/** Boosted trees are there for the kernels: peers are not measured on them yet. */
export const KERNEL_SHAPES = [...SHAPES, 'H-leafy', 'H-small'];

const CACHE = '.cache/bench';
const VENV = join(ROOT, CACHE, 'venv');
const NODE_PEERS = join(ROOT, CACHE, 'node');
/** Sources of a trained shape: its definition, and the generator of its rows with its parts. */
const SHAPE_SOURCES = [
  'bench/shapes/shapes.py',
  'bench/shapes/train.py',
  ...['generate', 'catalogue', 'places', 'random'].map((part) => `examples/superstore/${part}.mjs`),
];
/** The pinned wheels of the peers exist for it. */
const PYTHON = 'python3.11';

export const PEER = join(ROOT, 'bench/peers/peer.py');
export const python = join(VENV, 'bin/python');
export const nodeModules = join(NODE_PEERS, 'node_modules');

/** A virtual environment with exactly the pinned peers, and Node's; made again when the pins change. */
export function setUpPeers() {
  install(join(ROOT, 'bench/peers/requirements.txt'), VENV, () => {
    if (spawnSync(PYTHON, ['--version']).status !== 0) {
      fail(
        `${PYTHON} is missing: the bench compares with Python libraries (the product needs none)`,
      );
    }
    run(PYTHON, ['-m', 'venv', VENV]);
    run(python, ['-m', 'pip', 'install', '--quiet', '-r', 'bench/peers/requirements.txt']);
  });
}

export function setUpNodePeers() {
  const pins = join(ROOT, 'bench/peers/package.json');
  install(pins, NODE_PEERS, () => {
    mkdirSync(NODE_PEERS, { recursive: true });
    copyFileSync(pins, join(NODE_PEERS, 'package.json'));
    const flags = ['--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
    // Its install script would download parts for graphics cards.
    run('npm', ['install', '--prefix', NODE_PEERS, ...flags], { ONNXRUNTIME_NODE_INSTALL: 'skip' });
  });
}

function install(pins, folder, installPins) {
  const installed = join(folder, 'installed');
  if (existsSync(installed) && sameText(installed, pins)) return;
  say(`installing the peers of ${pins}`);
  rmSync(folder, { recursive: true, force: true });
  installPins();
  copyFileSync(pins, installed);
}

/** Trains a shape unless it was made by what is here now; so with what is read of it. */
export function setUpShape(name) {
  const shapes = join(ROOT, CACHE, 'shapes');
  const made = join(CACHE, 'shapes', name, 'shape.json');
  makeBy(SHAPE_SOURCES, join(shapes, name, 'trained-by'), () => {
    say(`training ${name}`);
    run(python, ['-B', 'bench/shapes/train.py', shapes, name]);
  });
  makeBy([...SHAPE_SOURCES, 'bench/shapes/export.py'], join(shapes, name, 'exported-by'), () => {
    say(`exporting ${name}`);
    run(python, ['-B', 'bench/shapes/export.py', shapes, name]);
  });
  const folder = join(shapes, name);
  return { ...JSON.parse(readFileSync(join(ROOT, made), 'utf8')), folder, made };
}

/**
 * The contents of the sources decide, not their dates: a fresh clone that shares a cache has younger
 * files and the same shapes.
 */
function makeBy(sources, record, make) {
  const digest = createHash('sha256');
  for (const source of sources) digest.update(readFileSync(join(ROOT, source)));
  const contents = digest.digest('hex');
  if (existsSync(record) && readFileSync(record, 'utf8') === contents) return;
  make();
  writeFileSync(record, contents);
}

/** The native bench of kernels, as CMake builds it. @returns {string} the program */
export function setUpNativeBench() {
  const build = join(ROOT, '.cache/native/bench');
  const quietly = ['-DCMAKE_BUILD_TYPE=Release', '-DTHICKET_BENCH=ON', '--log-level=WARNING'];
  run('cmake', ['-S', ROOT, '-B', build, ...quietly]);
  run('cmake', ['--build', build, '--target', 'thicket_bench', '--parallel']);
  return join(build, 'native/bench/thicket_bench');
}

/** Runs one of the bench's scripts in a process of its own; what it prints is its result. */
export function measureAlone(script, ...args) {
  const path = join(ROOT, 'bench', script);
  const done = spawnSync(process.execPath, [path, ...args.map(String)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status !== 0) throw new Error(`bench/${script} failed`);
  return JSON.parse(done.stdout);
}

function sameText(a, b) {
  return readFileSync(a, 'utf8') === readFileSync(b, 'utf8');
}
