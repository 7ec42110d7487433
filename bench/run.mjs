/**
 * Side by side in one run on one machine: Thicket and its peers on the same forests and the same rows.
 *
 * node bench/run.mjs [--peers] [--assert] [--rounds N] [SHAPE...]
 *
 * Without --peers (`npm run bench`) two peers take part and the figures are only printed; with it
 * (`npm run bench:peers`) all of them, and results and README are written when all shapes have run.
 * --assert ends with code 1 where a bar is missed. From nothing, with the training of F-wide and the
 * conversions (each bounded), a quiet machine of two cores needs about 45 minutes; later runs about 12.
 *
 * Answers are checked before anything is timed. Contestants take turns (A B C A B C ...), so that a
 * noisy minute hits all of them; a figure is the median over all turns. The ratios carry the meaning.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { setUp } from '../scripts/setup.mjs';
import { fail, ROOT, run, say } from '../scripts/steps.mjs';
import { judgeBars } from './bars.mjs';
import { machine, machineName } from './machine.mjs';
import { printReport } from './report.mjs';
import { runShape, TURN_SECONDS } from './run-shape.mjs';
import { setUpNodePeers, setUpPeers, SHAPES } from './set-up.mjs';

/** Turns of every contestant. Below five, one noisy turn moves the median. */
const ROUNDS_DEFAULT = 5;
const NS_PER_MINUTE = 60e9;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: 'boolean', default: false },
    assert: { type: 'boolean', default: false },
    rounds: { type: 'string', default: String(ROUNDS_DEFAULT) },
  },
});
const names = positionals.length > 0 ? positionals : SHAPES;
const unknown = names.find((name) => !SHAPES.includes(name));
if (unknown !== undefined) fail(`there is no shape ${unknown}: there are ${SHAPES.join(', ')}`);

const start = process.hrtime.bigint();
setUp();
setUpPeers();
if (options.peers) setUpNodePeers();
const where = machine();
const shapes = [];
for (const name of names) {
  shapes.push(await runShape(name, { rounds: Number(options.rounds), everybody: options.peers }));
}
const minutes = Number(process.hrtime.bigint() - start) / NS_PER_MINUTE;
const results = {
  machine: where,
  minutes: Number(minutes.toFixed(1)),
  rounds: Number(options.rounds),
  turnSeconds: TURN_SECONDS,
  bars: judgeBars(shapes),
  shapes,
};
printReport(results);
if (options.peers && names.length === SHAPES.length) keep(results);

const failures = shapes.flatMap((shape) => shape.wrong);
const missed = results.bars.filter(({ met }) => !met).map(({ sentence }) => `missed: ${sentence}`);
if (options.assert) failures.push(...missed);
for (const failure of failures) say(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

/** Only a run of all libraries on all shapes is a result. */
function keep(kept) {
  const folder = join(ROOT, 'bench/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${machineName()}.json`), `${JSON.stringify(kept, null, 2)}\n`);
  run(process.execPath, ['docs/make/figures.mjs']);
}
