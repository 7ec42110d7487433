/**
 * Side by side in one run on one machine: Thicket and its peers on the same forests and the same rows.
 *
 * node bench/run.mjs [--assert] [--rounds N] [SHAPE...]
 *
 * Answers are checked before anything is timed. Contestants take turns (A B C A B C ...), so that a
 * noisy minute hits all of them; a figure is the median over all turns. The ratios carry the meaning.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { setUp } from '../scripts/setup.mjs';
import { ROOT, say } from '../scripts/steps.mjs';
import { checkAnswers } from './answers.mjs';
import { missedBars } from './bars.mjs';
import { Contestant } from './contestant.mjs';
import { median, quantile } from './figures.mjs';
import { machine, machineName } from './machine.mjs';
import { printReport } from './report.mjs';
import { measureAlone, PEER, python, setUpPeers, setUpShape } from './set-up.mjs';

const SHAPES = ['F-full', 'F-tuned', 'F-small'];
/** Turns of every contestant. Below five, one noisy turn moves the median. */
const ROUNDS_DEFAULT = 7;
/** How long one turn lasts, for single rows and for batches. */
const TURN_SECONDS = 0.4;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { assert: { type: 'boolean' }, rounds: { type: 'string' } },
});
const rounds = Number(options.rounds ?? ROUNDS_DEFAULT);

setUp();
setUpPeers();
const where = machine();
const shapes = [];
for (const name of positionals.length > 0 ? positionals : SHAPES) shapes.push(await runShape(name));

const results = { machine: where, rounds, turnSeconds: TURN_SECONDS, shapes };
printReport(results);
const folder = join(ROOT, 'bench/results');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${machineName()}.json`), `${JSON.stringify(results, null, 2)}\n`);

const failures = shapes.flatMap((shape) => shape.wrong);
if (options.assert) failures.push(...missedBars(shapes));
for (const failure of failures) say(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

async function runShape(name) {
  const shape = setUpShape(name);
  say(`${name}: importing and loading`);
  const imported = measureAlone('import-ours.mjs', shape.pipeline, shape.package, name);
  const loaded = measureAlone('load-ours.mjs', shape.package, shape.rowsFile);
  const contestants = contestantsFor(shape);
  try {
    say(`${name}: checking answers`);
    const about = await Promise.all(contestants.map((each) => each.ask({ do: 'load' })));
    about[0].loadMs = loaded.loadMs;
    const answers = await Promise.all(contestants.map((each) => each.answers()));
    const checks = checkAnswers(shape, readFileSync(shape.rawFile), answers);
    const turns = await takeTurns(name, contestants);
    const figures = contestants.map((each, at) =>
      figuresOf(each, about[at], turns[at], shape.rows),
    );
    const { trees, nodes, depth, salesThresholds } = shape;
    const described = { name, trees, nodes, depth, salesThresholds, rows: shape.rows };
    return { ...described, ...checks, imported, loaded, contestants: figures };
  } finally {
    for (const contestant of contestants) await contestant.end();
  }
}

function contestantsFor(shape) {
  return [
    new Contestant('Thicket', process.execPath, [
      join(ROOT, 'bench/ours.mjs'),
      shape.package,
      shape.rowsFile,
    ]),
    new Contestant('ONNX Runtime', python, [PEER, 'onnxruntime', shape.folder]),
    new Contestant('scikit-learn', python, [PEER, 'scikit-learn', shape.folder]),
  ];
}

async function takeTurns(name, contestants) {
  const turns = contestants.map(() => ({ one: [], batch: [], native: [] }));
  for (let round = 1; round <= rounds; round++) {
    say(`${name}: round ${round} of ${rounds}`);
    for (const kind of ['one', 'batch']) {
      for (const [at, contestant] of contestants.entries()) {
        const reply = await contestant.ask({ do: kind, seconds: TURN_SECONDS });
        // One by one: a turn of a small forest has more calls than a function takes arguments.
        for (const nanos of reply.nanos) turns[at][kind].push(nanos);
        for (const nanos of reply.nativeNanos ?? []) turns[at].native.push(nanos);
      }
    }
  }
  return turns;
}

function figuresOf({ name }, about, { one, batch, native }, rowCount) {
  return {
    name,
    ...about,
    oneNsP50: median(one),
    oneNsP99: quantile(one, 0.99),
    oneCalls: one.length,
    batchNsPerRow: median(batch) / rowCount,
    batchCalls: batch.length,
    ...(native.length > 0 ? { batchNativeNsPerRow: median(native) / rowCount } : {}),
  };
}
