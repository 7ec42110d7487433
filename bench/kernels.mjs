/**
 * Every kernel that this CPU runs on the bench's forests, in one thread and in turns.
 *
 * node bench/kernels.mjs [--assert] [--rounds N] [SHAPE...]        (`npm run bench:kernels`)
 *
 * The native bench (native/bench) makes the calls, so that nothing of JavaScript is in the figures.
 * Answers come first: each kernel and the reference must give the source library's raw scores, bit for
 * bit. Then kernels take turns with rows one by one and with batches, and so do the parts of a call by
 * the kernels that the tuner chose; what counts is the thread's processor time, and the median of the
 * turns. With all shapes the results are kept and native/NOTES.md is written from them. --assert ends
 * with code 1 where a kernel is nowhere the fastest.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { setUp } from '../scripts/setup.mjs';
import { fail, ROOT, run, say } from '../scripts/steps.mjs';
import { setUpForestFile } from './forest-file.mjs';
import { kernelsText } from './kernel-tables.mjs';
import { superfluousKernels } from './kernel-wins.mjs';
import { machine, machineName } from './machine.mjs';
import { KERNEL_SHAPES, setUpNativeBench, setUpPeers } from './set-up.mjs';

/** Enough that the median and the best of a busy machine stay where they are from run to run. */
const ROUNDS_DEFAULT = 9;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    assert: { type: 'boolean', default: false },
    rounds: { type: 'string', default: String(ROUNDS_DEFAULT) },
  },
});
const names = positionals.length > 0 ? positionals : KERNEL_SHAPES;
const unknown = names.find((name) => !KERNEL_SHAPES.includes(name));
if (unknown !== undefined)
  fail(`there is no shape ${unknown}: there are ${KERNEL_SHAPES.join(', ')}`);

setUp();
setUpPeers(); // Shapes are trained with them.
const program = setUpNativeBench();
const files = [];
for (const name of names) files.push({ name, path: await setUpForestFile(name) });
const where = machine();
const measured = files.map(({ name, path }) => {
  say(`${name}: kernels in turns`);
  return { name, figures: measure(path) };
});
const results = {
  machine: where,
  rounds: Number(options.rounds),
  kernels: measured[0].figures.kernels,
  shapes: measured.map(shapeOf),
};
process.stdout.write(await kernelsText(results));
if (names.length === KERNEL_SHAPES.length) keep(results);
const failures = superfluousKernels(results);
for (const failure of failures) say(failure);
process.exitCode = options.assert && failures.length > 0 ? 1 : 0;

function measure(path) {
  const done = spawnSync(program, ['measure', path, options.rounds], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status !== 0) fail(`${program} failed on ${path}`);
  return JSON.parse(done.stdout);
}

/** Call by call instead of one contestant after the other. */
function shapeOf({ name, figures: { forest, tuner, contestants } }) {
  const sizes = [...new Set(contestants.map(({ rows }) => rows))];
  const calls = sizes.map((rows) => {
    const ofSize = contestants.filter((each) => each.rows === rows);
    const kernels = ofSize
      .filter(({ what }) => what === 'kernel')
      .map(({ kernel, nsPerRow, nsPerRowBest }) => ({ kernel, nsPerRow, nsPerRowBest }));
    return { rows, kernels, chosen: partsOf(ofSize) };
  });
  return { name, ...forest, tuner, calls };
}

/** Laying out and sums were timed together with the binning that both need. */
function partsOf(contestants) {
  const nanos = (part) => contestants.find(({ what }) => what === part)?.nsPerRow;
  const binning = nanos('binning');
  const beyond = (part) => Number(Math.max((nanos(part) ?? binning) - binning, 0).toFixed(2));
  const { kernel, by, nsPerRow } = contestants.find(({ what }) => what === 'chosen');
  return { kernel, by, nsPerRow, binning, layingOut: beyond('layingOut'), sums: beyond('sums') };
}

/** Only a run on every shape is a result. */
function keep(kept) {
  const path = join(ROOT, 'bench/results', `${machineName()}-kernels.json`);
  writeFileSync(path, `${JSON.stringify(kept, null, 2)}\n`);
  run(process.execPath, ['docs/make/figures.mjs']);
}
