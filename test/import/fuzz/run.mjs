/**
 * Damages real model files and imports them: each case must end as a model that builds, or as one
 * sentence; never as another error, a crash, more than ten seconds, or more memory than three times the
 * file and 200 MB. The same seed gives the same cases.
 *
 * npm run fuzz:import [-- --seconds 60] [--seed S] [--case N]
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { setUp } from '../../../scripts/setup.mjs';

const CASE_MS_MAX = 10_000;
const MEMORY_BASE_BYTES_MAX = 200 * 1024 * 1024;
const MEMORY_FACTOR_MAX = 3;
const WATCH_MS = 20;
const PAGE_BYTES = 4096;
/** Failures that are printed; the first ones tell the most. */
const PRINTED_MAX = 20;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    case: { type: 'string' },
  },
});
const seed = Number(options.seed);
const only = options.case === undefined ? null : Number(options.case);

setUp();
const totals = { model: 0, refused: 0, failed: 0 };
const sentences = new Map();
/** Cases are taken by one child a core, so the seconds are those of all cores together. */
const lanes = only === null ? availableParallelism() : 1;
const until = performance.now() + (1000 * Number(options.seconds)) / lanes;
let next = only ?? 1;
const files = await Promise.all(Array.from({ length: lanes }, runCases));
const { model, refused, failed } = totals;
process.stdout.write(
  `${model + refused + failed} cases of seed ${seed} over ${files[0]} files: ${model} models, ` +
    `${refused} refused in ${sentences.size} kinds of sentences, ${failed} failed\n`,
);
process.exitCode = failed > 0 ? 1 : 0;

/** @returns The number of files that cases are made of. */
async function runCases() {
  const lane = { child: await startChild() };
  const isWanted = () => (only === null ? performance.now() < until : next === only);
  while (isWanted()) report(await runCase(lane, next++));
  lane.child.process.disconnect();
  return lane.child.sources;
}

function report({ number, verdict, said, about }) {
  if (verdict === 'model' || verdict === 'refused') {
    totals[verdict] += 1;
    if (only !== null) process.stdout.write(`${verdict} ${said ?? ''}\n`);
    if (verdict === 'refused') count(said);
    return;
  }
  totals.failed += 1;
  if (totals.failed <= PRINTED_MAX) {
    const { name, done } = about;
    process.stdout.write(
      `FAIL ${name} (${done?.join(', ')}): ${said}\n  again: npm run fuzz:import -- --seed ${seed} --case ${number}\n`,
    );
  }
}

/** Sentences that differ only in names and numbers are of one kind. */
function count(sentence) {
  const kind = sentence.replaceAll(/"(?:[^"\\]|\\.)*"|\d+/g, '_');
  sentences.set(kind, (sentences.get(kind) ?? 0) + 1);
}

async function startChild() {
  const started = fork(new URL('child.mjs', import.meta.url), { execArgv: ['--expose-gc'] });
  const [{ sources }] = await once(started, 'message');
  return { process: started, sources };
}

/** One case in the lane's child, watched from outside; a child that had to be ended is replaced. */
async function runCase(lane, number) {
  let about = {};
  let start = Number.POSITIVE_INFINITY;
  let memoryStart = 0;
  const watched = await new Promise((resolve) => {
    const { process: target } = lane.child;
    const end = (result) => {
      clearInterval(watch);
      target.off('message', onMessage).off('exit', onExit);
      resolve(result);
    };
    const onExit = (code, signal) =>
      end({ verdict: 'crash', said: `it ended with ${signal ?? code}` });
    const onMessage = (message) => {
      if (message.number !== number) return;
      if (message.state === 'ended') {
        end(message);
        return;
      }
      about = message;
      start = performance.now();
      memoryStart = residentBytes(target.pid);
    };
    const watch = setInterval(() => {
      if (start === Number.POSITIVE_INFINITY) return;
      if (performance.now() - start > CASE_MS_MAX) {
        end({ verdict: 'hang', said: `it took more than ${CASE_MS_MAX} ms` });
        return;
      }
      const grown = residentBytes(target.pid) - memoryStart;
      if (grown > MEMORY_FACTOR_MAX * about.bytes + MEMORY_BASE_BYTES_MAX) {
        end({ verdict: 'memory', said: `it took ${Math.round(grown / 1e6)} MB` });
      }
    }, WATCH_MS);
    target.on('message', onMessage).on('exit', onExit);
    target.send({ seed, number });
  });
  if (['crash', 'hang', 'memory'].includes(watched.verdict)) {
    lane.child.process.removeAllListeners();
    lane.child.process.kill('SIGKILL');
    lane.child = await startChild();
  }
  return { ...watched, number, about };
}

function residentBytes(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0; // It has just ended, and the exit event reports it.
  }
}
