/** The contestants of a shape: ours, and every peer that could be made ready; for the others, why not. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { newestChange, ROOT, say } from '../scripts/steps.mjs';
import { Contestant } from './contestant.mjs';
import { nodeModules, PEER, python } from './set-up.mjs';

/** The two that a run without `--peers` has: what most people would use, and the judge of the answers. */
const FEW = new Set(['onnxruntime', 'scikit-learn']);
/** Seconds that a peer may take to make its own file of a forest, so that a run from nothing ends. */
const CONVERT_SECONDS_MAX = 600;
/** C code of a deep forest would compile for hours; that of a small one takes half a minute. */
const COMPILE_SECONDS_MAX = 120;
const TIMED_OUT = 124;

const PEERS = [
  { name: 'ONNX Runtime', key: 'onnxruntime' },
  { name: 'ONNX Runtime for Node', script: 'bench/peers/onnxruntime-node.mjs' },
  { name: 'scikit-learn', key: 'scikit-learn' },
  { name: 'scikit-learn-intelex', key: 'intelex', file: 'forest.onedal' },
  { name: 'YDF', key: 'ydf', file: 'forest.ydf' },
  { name: 'treelite', key: 'treelite', file: 'forest.treelite' },
  { name: 'TL2cgen', key: 'tl2cgen', file: 'forest.tl2cgen.so', secondsMax: COMPILE_SECONDS_MAX },
];

/** Files that peers read are made first: no library is timed while another converts. */
export function enter(shape, everybody) {
  const peers = PEERS.filter(({ key }) => everybody || FEW.has(key));
  const absent = [];
  const entered = peers.filter((peer) => {
    const why = peer.file === undefined ? null : convert(peer, shape);
    if (why !== null) absent.push({ name: peer.name, why });
    return why === null;
  });
  const ours = [join(ROOT, 'bench/ours.mjs'), shape.folder, String(shape.rows)];
  const contestants = [
    new Contestant('Thicket', process.execPath, ours),
    ...entered.map((peer) => contestantOf(peer, shape)),
  ];
  return { contestants, absent };
}

function contestantOf({ name, key, script }, { folder }) {
  return script === undefined
    ? new Contestant(name, python, ['-B', PEER, key, folder])
    : new Contestant(name, process.execPath, [join(ROOT, script), folder, nodeModules]);
}

/** Why there is no file for the peer, or null. Both are kept until the shape or the peer changes. */
function convert({ name, key, file, secondsMax = CONVERT_SECONDS_MAX }, shape) {
  const target = join(shape.folder, file);
  const refusal = join(shape.folder, `${key}.refused`);
  const needed = newestChange(shape.made, 'bench/peers/libraries.py');
  const made = (path) => newestChange(relative(ROOT, path)) > needed;
  if (made(target)) return null;
  if (made(refusal)) return readFileSync(refusal, 'utf8');
  say(`${shape.name}: converting for ${name}, at most ${secondsMax} s`);
  rmSync(target, { recursive: true, force: true });
  // The coreutils tool ends the compilers that a peer starts, too.
  const limit = ['--kill-after=5', String(secondsMax)];
  const done = spawnSync('timeout', [...limit, python, '-B', PEER, key, shape.folder, 'convert'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status === 0) return null;
  rmSync(target, { recursive: true, force: true });
  const why = reason(done, secondsMax);
  say(`${shape.name}: ${name} does not take part: ${why}`);
  writeFileSync(refusal, why);
  return why;
}

function reason({ status, signal, stdout }, secondsMax) {
  if (status === TIMED_OUT) return `not converted within ${secondsMax} s`;
  const said = stdout.trim().split('\n').at(-1);
  return said || `its conversion ended with ${signal ?? `code ${status}`}`;
}
