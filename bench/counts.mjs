/**
 * Where the time of a call goes, by counts that no neighbour disturbs.
 *
 * node bench/counts.mjs [SHAPE KERNEL ROWS]        (`npm run bench:counts`)
 *
 * - Instructions: the calls are stepped through one by one, which counts exactly how often each ran, in
 *   any instruction set; the disassembly (objdump) gives their names and functions.
 * - Cache misses: simulated by Valgrind's callgrind with the first and second cache of SIMULATED_CACHES.
 *   It knows no AVX-512, so kernels that need it have none; their layouts are those of `avx2`.
 *
 * Calls are as the bench of kernels makes them: the forest and the room are warm. Without arguments all
 * CASES are counted and kept, and native/NOTES.md is written from them.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { setUp } from '../scripts/setup.mjs';
import { fail, ROOT, run, say, versionOf } from '../scripts/steps.mjs';
import { countsText } from './count-tables.mjs';
import { setUpForestFile } from './forest-file.mjs';
import { machine, machineName } from './machine.mjs';
import { KERNEL_SHAPES, setUpNativeBench, setUpPeers } from './set-up.mjs';

const CASES = [
  ['F-small', 'avx512-masks', 512],
  ['F-small', 'avx512', 512],
  ['F-small', 'avx2', 512],
  ['F-small', 'avx512', 1],
  ['F-full', 'avx512-tiles', 1],
  ['F-full', 'avx2', 1],
  ['H-leafy', 'avx512-vbmi', 1],
];
/** Rows that are stepped through at least; a row of the largest forest has up to 100,000 steps. */
const STEPPED_ROWS_MIN = 32;
/** Rows whose misses are simulated: so many that each row finds what the others have left. */
const SIMULATED_ROWS_MIN = 2_048;
/** The near caches of the CPUs that AVX-512 servers have today. */
const SIMULATED_CACHES = {
  first: { bytes: 49_152, ways: 12, lineBytes: 64 },
  second: { bytes: 2_097_152, ways: 16, lineBytes: 64 },
};
/** As many of them are reported. */
const TOLD_FUNCTIONS = 4;
const TOLD_INSTRUCTIONS = 16;

const [shape, kernel, rows] = process.argv.slice(2);
const cases = shape === undefined ? CASES : [[shape, kernel, Number(rows)]];
const isCase = cases.every(([name, , calls]) => KERNEL_SHAPES.includes(name) && calls > 0);
if (!isCase) fail(`"SHAPE KERNEL ROWS" is expected, the shape one of ${KERNEL_SHAPES.join(', ')}`);
if (versionOf('objdump') === null)
  fail('objdump is missing: install it (Debian: apt install binutils)');

setUp();
setUpPeers(); // Shapes are trained with them.
const program = setUpNativeBench();
const files = new Map();
for (const [name] of cases) if (!files.has(name)) files.set(name, await setUpForestFile(name));
const where = machine();
const instructions = disassemble();
const results = { machine: where, caches: SIMULATED_CACHES, cases: cases.map(count) };
process.stdout.write(await countsText(results));
if (shape === undefined) {
  const path = join(ROOT, 'bench/results', `${machineName()}-counts.json`);
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
  run(process.execPath, ['docs/make/figures.mjs']);
}

function count([name, by, size]) {
  say(`${name}: counting calls of ${size} by ${by}`);
  const what = [files.get(name), by, String(size)];
  return { forest: name, kernel: by, rows: size, ...stepped(what, size), ...simulated(what, size) };
}

/** @returns {Map<string, { name: string, of: string }>} each instruction of the program by its address */
function disassemble() {
  const text = printed('objdump', ['--disassemble', '--demangle', '--no-show-raw-insn', program]);
  const found = new Map();
  let of = '';
  for (const line of text.split('\n')) {
    const start = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (start !== null) of = shortName(start[1]);
    const [, address, name] = /^\s+([0-9a-f]+):\s+(\S+)/.exec(line) ?? [];
    if (name !== undefined) found.set(address, { name, of });
  }
  return found;
}

/** thicket::(anonymous namespace)::Pass<true>(...) -> Pass */
function shortName(demangled) {
  return (
    /(\w+)(?:<[^(]*>)?\(/.exec(demangled.replaceAll('(anonymous namespace)::', ''))?.[1] ??
    demangled
  );
}

function stepped(what, size) {
  const calls = Math.ceil(STEPPED_ROWS_MIN / size);
  const lines = printed(program, ['step', ...what, String(calls)])
    .trim()
    .split('\n');
  const perRow = { functions: new Map(), instructions: new Map() };
  let all = 0;
  for (const line of lines) {
    const [address, times] = line.split(' ');
    const share = Number(times) / (calls * size);
    const { name, of } = instructions.get(address) ?? { name: 'others', of: 'the C library' };
    all += share;
    add(perRow.functions, of, share);
    add(perRow.instructions, name, share);
  }
  return {
    instructionsPerRow: rounded(all),
    functions: most(perRow.functions, TOLD_FUNCTIONS),
    instructions: most(perRow.instructions, TOLD_INSTRUCTIONS),
  };
}

function add(sums, key, value) {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function most(sums, told) {
  return [...sums]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, told)
    .map(([name, perRow]) => ({ name, perRow: rounded(perRow) }));
}

/** Misses of reads and writes per row, or why there are none. */
function simulated(what, size) {
  if (versionOf('valgrind') === null) {
    return { misses: null, why: 'Valgrind is not installed (Debian: apt install valgrind)' };
  }
  const calls = Math.ceil(SIMULATED_ROWS_MIN / size);
  const out = join(ROOT, '.cache/kernels/callgrind.out');
  const options = [
    '--tool=callgrind',
    '--cache-sim=yes',
    `--D1=${Object.values(SIMULATED_CACHES.first).join(',')}`,
    `--LL=${Object.values(SIMULATED_CACHES.second).join(',')}`,
    '--collect-atstart=no',
    '--toggle-collect=thicket::bench::MakeCalls*',
    `--callgrind-out-file=${out}`,
  ];
  rmSync(out, { force: true });
  const args = [...options, program, 'call', ...what, String(calls)];
  const done = spawnSync('valgrind', args, { encoding: 'utf8' });
  if (done.status !== 0) return { misses: null, why: 'Valgrind knows no AVX-512' };
  const text = readFileSync(out, 'utf8');
  const names = /^events: (.*)$/m.exec(text)[1].split(' ');
  const counts = /^(?:summary|totals): (.*)$/m.exec(text)[1].split(' ').map(Number);
  const sum = (...events) =>
    // Zeros at the end of the line are left out.
    rounded(
      events.reduce((all, name) => all + (counts[names.indexOf(name)] ?? 0), 0) / (calls * size),
    );
  return { misses: { first: sum('D1mr', 'D1mw'), second: sum('DLmr', 'DLmw') } };
}

function printed(command, args) {
  const done = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status !== 0) fail(`"${command} ${args.join(' ')}" failed; its output above says why`);
  return done.stdout;
}

function rounded(value) {
  return Number(value.toPrecision(4));
}
