/** What the bench needs and no clone brings: Python peers, trained shapes, packages. All below .cache. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { fail, newestChange, ROOT, run, say } from '../scripts/steps.mjs';

const CACHE = join(ROOT, '.cache/bench');
const VENV = join(CACHE, 'venv');
const REQUIREMENTS = join(ROOT, 'bench/peers/requirements.txt');
/** What a shape is made by: the training, and the generator of its rows with its parts. */
const GENERATOR = ['generate', 'catalogue', 'places', 'random'];
const SHAPE_SOURCES = [
  'bench/shapes/make.py',
  ...GENERATOR.map((part) => `examples/superstore/${part}.mjs`),
];
/** The pinned wheels of the peers exist for it. */
const PYTHON = 'python3.11';

export const PEER = join(ROOT, 'bench/peers/peer.py');
export const python = join(VENV, 'bin/python');

/** A virtual environment with exactly the pinned peers; made again when the pins change. */
export function setUpPeers() {
  const installed = join(VENV, 'requirements.txt');
  if (existsSync(installed) && sameText(installed, REQUIREMENTS)) return;
  if (spawnSync(PYTHON, ['--version']).status !== 0) {
    fail(`${PYTHON} is missing: the bench compares with Python libraries (the product needs none)`);
  }
  say('installing the peers');
  rmSync(VENV, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  run(PYTHON, ['-m', 'venv', VENV]);
  run(python, ['-m', 'pip', 'install', '--quiet', '-r', REQUIREMENTS]);
  copyFileSync(REQUIREMENTS, installed);
}

/** Trains a shape unless it is there and newer than what it is made by. */
export function setUpShape(name) {
  const folder = join(CACHE, 'shapes', name);
  const made = newestChange(join('.cache/bench/shapes', name, 'shape.json'));
  if (made < newestChange(...SHAPE_SOURCES)) {
    say(`training ${name}`);
    run(python, [join(ROOT, 'bench/shapes/make.py'), join(CACHE, 'shapes'), name]);
  }
  const file = (base) => join(folder, base);
  return {
    ...JSON.parse(readFileSync(file('shape.json'), 'utf8')),
    folder,
    pipeline: file('pipeline.joblib'),
    package: file('model.thicket'),
    rowsFile: file('rows.json'),
    rawFile: file('raw.f64'),
  };
}

/** Runs one of the bench's scripts in a process of its own; what it prints is its result. */
export function measureAlone(script, ...args) {
  const path = join(ROOT, 'bench', script);
  const done = spawnSync(process.execPath, [path, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status !== 0) throw new Error(`bench/${script} failed`);
  return JSON.parse(done.stdout);
}

function sameText(a, b) {
  return readFileSync(a, 'utf8') === readFileSync(b, 'utf8');
}
