/** One shape from set-up to figures: answers are checked, then all contestants take turns. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { say } from '../scripts/steps.mjs';
import { checkOurs, checkPeer } from './answers.mjs';
import { enter } from './contestants.mjs';
import { median, quantile } from './figures.mjs';
import { doublesOf, readRows } from './rows.mjs';
import { measureAlone, setUpShape } from './set-up.mjs';

/** Rows of one call, smallest first. */
const SIZES = [1, 64, 1_024, 4_096, 65_536];
/** A call that takes longer has fewer turns: its length averages out what turns are there for. */
const LONG_CALL_SECONDS = 2;
const LONG_CALL_TURNS = 2;
/** A call that would take longer still is left out, and that is said. */
const CALL_SECONDS_MAX = 20;
/** How long one turn lasts, for every size; at least one call. */
export const TURN_SECONDS = 0.3;
/** Rows whose answers are asked of a peer; ours are judged on all of them. */
const CHECKED_ROWS = 4_096;
/** Turns with each number of threads. */
const THREAD_TURNS = 5;

export async function runShape(name, { rounds, everybody }) {
  const shape = setUpShape(name);
  const { folder, rows } = shape;
  say(`${name}: importing and loading`);
  const packagePath = join(folder, 'model.thicket');
  const imported = measureAlone(
    'import-ours.mjs',
    join(folder, 'pipeline.joblib'),
    packagePath,
    name,
  );
  const loaded = measureAlone('load-ours.mjs', folder, JSON.stringify(readRows(folder)(0)));
  const { contestants, absent } = enter(shape, everybody);
  const shapeRun = { shape, contestants, absent, about: new Map(), turns: new Map(), wrong: [] };
  try {
    await loadAndCheck(shapeRun);
    await takeTurns(shapeRun, rounds);
  } finally {
    for (const contestant of contestants) await contestant.end();
  }
  const threads = measureAlone('threads-ours.mjs', folder, rows, THREAD_TURNS, TURN_SECONDS);
  const { folder: _folder, made: _made, ...described } = shape;
  const figures = present(shapeRun).map((each) => figuresOf(each, shapeRun));
  // Ours was loaded in a process of its own, which held nothing else.
  Object.assign(figures[0], { loadMs: loaded.loadMs, residentBytes: loaded.residentBytes });
  const { wrong } = shapeRun;
  return { ...described, imported, loaded, threads, contestants: figures, absent, wrong };
}

/** One after the other: who loads while another does is not timed fairly. */
async function loadAndCheck(shapeRun) {
  const { shape, contestants, about } = shapeRun;
  const expected = Object.fromEntries(
    ['raw', 'predictions'].map((kind) => [
      kind,
      doublesOf(readFileSync(join(shape.folder, `${kind}.f64`))),
    ]),
  );
  for (const contestant of contestants) {
    say(`${shape.name}: loading ${contestant.name} and checking its answers`);
    await orAbsent(shapeRun, contestant, async () => {
      const loaded = await contestant.ask({ do: 'load' });
      const answers = await contestant.answers(Math.min(CHECKED_ROWS, shape.rows));
      about.set(contestant, { ...loaded, answers: judge(shapeRun, loaded, expected, answers) });
    });
  }
}

/** The report on the answers. Wrong ones of ours are reported at the end; wrong ones of a peer end its part. */
function judge({ shape, wrong }, { tolerance }, expected, answers) {
  if (answers.raw !== null) {
    const { wrong: sentences, ...about } = checkOurs(shape, expected, answers);
    wrong.push(...sentences);
    return about;
  }
  const checked = expected.predictions.subarray(
    0,
    Math.min(CHECKED_ROWS, shape.rows) * shape.outputs,
  );
  const { why, about } = checkPeer(checked, answers.predictions, tolerance);
  if (why !== null) throw new Error(why);
  return about;
}

async function takeTurns(shapeRun, rounds) {
  const { shape, turns } = shapeRun;
  for (const contestant of present(shapeRun)) turns.set(contestant, new Map());
  for (let round = 1; round <= rounds; round++) {
    say(`${shape.name}: round ${round} of ${rounds}`);
    for (const rows of SIZES) {
      for (const contestant of present(shapeRun)) {
        await orAbsent(shapeRun, contestant, () =>
          takeTurn(turns.get(contestant), contestant, rows),
        );
      }
    }
  }
}

async function takeTurn(turns, contestant, rows) {
  const expected = expectedSeconds(turns, rows);
  if (expected > CALL_SECONDS_MAX) return;
  if (!turns.has(rows)) turns.set(rows, { taken: 0, nanos: [], native: [] });
  const sofar = turns.get(rows);
  if (expected > LONG_CALL_SECONDS && sofar.taken === LONG_CALL_TURNS) return;
  const reply = await contestant.ask({ do: 'time', rows, seconds: TURN_SECONDS });
  sofar.taken++;
  // One by one: a turn of a small forest has more calls than a function takes arguments.
  for (const each of reply.nanos) sofar.nanos.push(each);
  for (const each of reply.nativeNanos ?? []) sofar.native.push(each);
}

/** The expected time of a call: that of its size so far, or of the next smaller size by row. */
function expectedSeconds(turns, rows) {
  const known = [...turns.keys()].findLast((size) => size <= rows);
  return known === undefined ? 0 : ((median(turns.get(known).nanos) / known) * rows) / 1e9;
}

/** A peer that fails is left out from there on, with its reason; ours may not fail. */
async function orAbsent(shapeRun, contestant, run) {
  try {
    await run();
  } catch (error) {
    if (contestant === shapeRun.contestants[0]) throw error;
    say(`${shapeRun.shape.name}: ${contestant.name} is left out: ${error.message}`);
    shapeRun.absent.push({ name: contestant.name, why: error.message });
  }
}

function present({ contestants, absent }) {
  return contestants.filter(({ name }) => absent.every((each) => each.name !== name));
}

function figuresOf(contestant, { about, turns }) {
  const [[, one], ...batches] = turns.get(contestant);
  return {
    name: contestant.name,
    ...about.get(contestant),
    oneNsP50: median(one.nanos),
    oneNsP99: quantile(one.nanos, 0.99),
    oneCalls: one.nanos.length,
    batches: batches.map(batchFigures),
  };
}

function batchFigures([rows, { nanos, native }]) {
  const figures = { rows, nsPerRow: median(nanos) / rows, calls: nanos.length };
  if (native.length > 0) figures.nativeNsPerRow = median(native) / rows;
  return figures;
}
