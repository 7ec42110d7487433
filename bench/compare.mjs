/**
 * The forests of the bench scored by another checkout and by this one, in turns on one machine.
 *
 * npm run compare:forests -- CHECKOUT [--rounds N] [--assert] [SHAPE...]
 *
 * CHECKOUT is a built checkout of the state to compare with (`git worktree add`, then `npm ci` there and
 * `npm run build`). Answers of both are checked against scikit-learn's before anything is timed. --assert
 * ends with code 1 where a figure fell by more than the quartiles of the pairs lie apart.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { setUp } from '../scripts/setup.mjs';
import { fail, ROOT, run, say } from '../scripts/steps.mjs';
import { checkOurs } from './answers.mjs';
import { Contestant } from './contestant.mjs';
import { median } from './figures.mjs';
import { machine, machineName } from './machine.mjs';
import { inTurns, Pairs, verdictTable } from './paired.mjs';
import { doublesOf } from './rows.mjs';
import { setUpPeers, setUpShape, SHAPES } from './set-up.mjs';

const SIZES = [1, 64, 1_024, 4_096, 65_536];
/** Below some twenty pairs a few noisy turns decide where the quartiles lie. */
const ROUNDS_DEFAULT = 20;
const TURN_SECONDS = 0.3;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: String(ROUNDS_DEFAULT) },
    assert: { type: 'boolean', default: false },
  },
});
const [checkout, ...chosen] = positionals;
if (checkout === undefined) fail('name the checkout to compare with');
const names = chosen.length > 0 ? chosen : SHAPES;

setUp();
setUpPeers();
const where = machine();
const verdicts = [];
for (const name of names) verdicts.push(...(await compareShape(setUpShape(name))));
process.stdout.write(`${verdictTable(verdicts)}\n`);
keep(`${machineName()}-compare.json`, { machine: where, before: commitOf(checkout), verdicts });
if (options.assert && verdicts.some(({ fell }) => fell)) process.exitCode = 1;

async function compareShape(shape) {
  say(`${shape.name}: importing by both`);
  const sides = [
    { home: resolve(checkout), folder: besideFolder(shape) },
    { home: ROOT, folder: shape.folder },
  ];
  for (const { home, folder } of sides) {
    const source = join(folder, 'pipeline.joblib');
    const imported = [join(home, 'bench/import-ours.mjs'), source, join(folder, 'model.thicket')];
    const done = spawnSync(process.execPath, [...imported, shape.name], { stdio: 'inherit' });
    if (done.status !== 0) fail(`${home} cannot import ${shape.name}`);
  }
  const pairs = SIZES.map((rows) => new Pairs(`${shape.name}, ${rows} rows a call`, 'us a row'));
  for (let round = 0; round < Number(options.rounds); round++) {
    say(`${shape.name}: round ${round + 1} of ${options.rounds}`);
    await measureRound(shape, sides, round, pairs);
  }
  return pairs.map((each) => each.verdict());
}

/**
 * One pair of each size, by processes of their own: where a load puts a forest in memory, and which of
 * two equal kernels it takes, changes a figure by more than code does.
 */
async function measureRound(shape, sides, round, pairs) {
  const contestants = [];
  try {
    for (const side of sides) contestants.push(await enter(side, shape, round === 0));
    for (const [at, rows] of SIZES.entries()) {
      const [before, after] = contestants.map((each) => () => turnOf(each, rows));
      pairs[at].add(...(await inTurns(round, before, after)));
    }
  } finally {
    for (const contestant of contestants) await contestant.end();
  }
}

/** A loaded contestant; checked, its answers are scikit-learn's. */
async function enter({ home, folder }, shape, checked) {
  const started = [join(home, 'bench/ours.mjs'), folder, String(shape.rows)];
  const contestant = new Contestant(home, process.execPath, started);
  await contestant.ask({ do: 'load' });
  if (!checked) return contestant;
  const expected = Object.fromEntries(
    ['raw', 'predictions'].map((kind) => [
      kind,
      doublesOf(readFileSync(join(shape.folder, `${kind}.f64`))),
    ]),
  );
  const { wrong } = checkOurs(shape, expected, await contestant.answers(shape.rows));
  if (wrong.length > 0) fail(`${home}: ${wrong.join('; ')}`);
  return contestant;
}

async function turnOf(contestant, rows) {
  const { nanos } = await contestant.ask({ do: 'time', rows, seconds: TURN_SECONDS });
  return median(nanos) / rows / 1e3;
}

/** The shape's files once more, so that each checkout has a package in its own format. */
function besideFolder({ name, folder }) {
  const beside = join(ROOT, '.cache/bench/before', name);
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (file !== 'model.thicket') symlinkSync(join(folder, file), join(beside, file));
  }
  return beside;
}

function commitOf(folder) {
  const done = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' });
  return done.status === 0 ? done.stdout.trim() : null;
}

function keep(file, results) {
  writeFileSync(join(ROOT, 'bench/results', file), `${JSON.stringify(results, null, 2)}\n`);
  run('npx', ['prettier', '--write', '--log-level=warn', join('bench/results', file)]);
}
