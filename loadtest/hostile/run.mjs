/**
 * A server with the heap of a small container, and connections that send bodies of the largest allowed size in
 * every shape, some of them slowly. A neighbour sends ordinary rows over one connection, first beside as many
 * connections of ordinary rows, then beside these; the two take turns. The server must live, answer every
 * request, keep the neighbour's p99, and give the memory back.
 *
 * npm run loadtest:hostile [-- --connections 256 --seconds 60 --assert --print]
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

import { median } from '../../bench/figures.mjs';
import { machine, machineName } from '../../bench/machine.mjs';
import { ROOT, say } from '../../scripts/steps.mjs';
import { expectedRows } from '../expected.mjs';
import { Server } from '../server.mjs';
import { failuresOf } from './verdict.mjs';

/** The heap of a container of this size, and the largest body by default. */
const HEAP_MB = 512;
const BODY_BYTES = 1024 * 1024;
/** Ordinary and hostile connections change places as often. */
const TURNS = 3;
/** How long the memory may take to come back. */
const SETTLE_SECONDS_MAX = 60;
const MEMORY_RATIO_MAX = 1.1;

const { values: options } = parseArgs({
  options: {
    connections: { type: 'string', default: '256' },
    seconds: { type: 'string', default: '60' },
    /** Ends with 1 where a bar is missed. */
    assert: { type: 'boolean' },
    /** Prints the result and writes no file. */
    print: { type: 'boolean' },
  },
});
const connections = Number(options.connections);
const turnSeconds = Number(options.seconds) / TURNS;

const where = machine();
const bodies = expectedRows().map(({ body }) => body);
const dataDirectory = mkdtempSync(join(tmpdir(), 'thicket-hostile-'));
const server = await Server.start([join(ROOT, 'dist/src/main.js'), 'up'], {
  NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
  THICKET_DATA_DIR: dataDirectory,
  THICKET_PORT: '0',
  THICKET_DRAIN_DELAY_MS: '0',
});
try {
  const result = { machine: where, heapMb: HEAP_MB, connections, ...(await measure(server.url)) };
  const failures = failuresOf(result);
  for (const failure of failures) say(failure);
  if (options.print) process.stdout.write(JSON.stringify({ ...result, failures }));
  else write(result);
  process.exitCode = options.assert && failures.length > 0 ? 1 : 0;
} finally {
  await server.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
}

async function measure(url) {
  const ordinary = () => [
    'loadtest/client.mjs',
    { url, connections, seconds: turnSeconds, bodies },
  ];
  const job = { url, connections, seconds: turnSeconds, bytes: BODY_BYTES, row: bodies[0] };
  const hostile = () => ['loadtest/hostile/client.mjs', job];
  say('warming up');
  await beside(url, ordinary());
  let memoryBefore = 0;
  const turns = { ordinary: [], hostile: [] };
  const statuses = {};
  for (let turn = 1; turn <= TURNS; turn++) {
    say(`turn ${turn} of ${TURNS}`);
    turns.ordinary.push((await beside(url, ordinary())).neighbour);
    if (turn === 1) memoryBefore = await residentBytes(url);
    const { neighbour, others } = await beside(url, hostile());
    turns.hostile.push(neighbour);
    for (const [shape, counts] of Object.entries(others)) addTo((statuses[shape] ??= {}), counts);
  }
  const memoryAfter = await settled(url, memoryBefore);
  return {
    neighbour: { ordinary: middle(turns.ordinary), hostile: middle(turns.hostile) },
    memoryBytes: { before: memoryBefore, after: memoryAfter },
    statuses,
  };
}

/** The neighbour's figures beside others, and what these say themselves. */
async function beside(url, others) {
  const neighbour = ['loadtest/client.mjs', { url, connections: 1, seconds: turnSeconds, bodies }];
  const [own, theirs] = await Promise.all([ask(...neighbour), ask(...others)]);
  return { neighbour: own, others: theirs };
}

async function ask(script, job) {
  const client = spawn(process.execPath, [join(ROOT, script)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  client.stdin.end(JSON.stringify(job));
  const said = await text(client.stdout);
  if (said === '') throw new Error(`${script} ended without a result`);
  return JSON.parse(said);
}

function middle(turns) {
  const errors = turns.reduce((sum, turn) => sum + turn.errors, 0);
  const of = (figure) => median(turns.map((turn) => turn[figure]));
  return { p50Ms: of('p50Ms'), p99Ms: of('p99Ms'), rate: of('rate'), errors };
}

function addTo(sums, counts) {
  for (const [status, count] of Object.entries(counts)) sums[status] = (sums[status] ?? 0) + count;
}

/** The memory as soon as it is back, or after the time that it may take. Ordinary rows let V8 collect. */
async function settled(url, before) {
  const row = { url, connections: 1, seconds: 1, bodies };
  for (let second = 0; second < SETTLE_SECONDS_MAX; second++) {
    await ask('loadtest/client.mjs', row);
    if ((await residentBytes(url)) <= before * MEMORY_RATIO_MAX) break;
  }
  return residentBytes(url);
}

async function residentBytes(url) {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)[1]);
}

function write(result) {
  const folder = join(ROOT, 'loadtest/results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${machineName()}-hostile.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  say(`written to ${file}`);
}
