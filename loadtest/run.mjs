/**
 * The service under load, with its floors measured in the same run: a bare echo of the same JSON on the
 * same HTTP library, and one-row commits in the same Postgres. Client, server and Postgres share the
 * machine's CPUs. Floors and service take turns, so that a noisy moment hits all of them. The result and the
 * documents that tell of it are written at the end.
 *
 * npm run loadtest [-- --assert]
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

import { median } from '../bench/figures.mjs';
import { machine, machineName } from '../bench/machine.mjs';
import { ROOT, run, say } from '../scripts/steps.mjs';
import { checkDurability, commitFloor, connectTo, storedCount } from './database.mjs';
import { checkAnswers, expectedRows } from './expected.mjs';
import { missedBars, printReport } from './report.mjs';
import { Server } from './server.mjs';

const CONNECTIONS = [1, 64];
const TURNS = 3;
/** Three turns make ten seconds for each figure. */
const TURN_SECONDS = 10 / TURNS;
/** Before the first turn, and thrown away: compilers and caches are warm after it. */
const WARM_UP_SECONDS = 2;

const { values: options } = parseArgs({ options: { assert: { type: 'boolean' } } });

const where = machine();
const rows = expectedRows();
const bodies = rows.map(({ body }) => body);
const dataDirectory = mkdtempSync(join(tmpdir(), 'thicket-loadtest-'));
const running = [];
try {
  const results = await measure();
  printReport(results);
  writeResults(results);
  const failures = options.assert ? missedBars(results) : results.wrong;
  for (const failure of failures) say(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  for (const each of running.toReversed()) await each.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
}

async function measure() {
  say('starting the echo and the service');
  const echo = await started(Server.start([join(ROOT, 'loadtest/echo.mjs')]));
  const thicket = await started(
    Server.start([join(ROOT, 'dist/src/main.js'), 'up'], {
      THICKET_DATA_DIR: dataDirectory,
      THICKET_PORT: '0',
      THICKET_DRAIN_DELAY_MS: '0',
    }),
  );
  const sql = connectTo(dataDirectory);
  running.push({ stop: () => sql.end() });
  const durable = await checkDurability(sql);
  let acknowledged = await checkAnswers(thicket.url, rows);
  const turns = [];
  for (const connections of CONNECTIONS) {
    for (const { url } of [echo, thicket]) {
      const warmUp = await load(url, connections, WARM_UP_SECONDS);
      if (url === thicket.url) acknowledged += warmUp.requests;
    }
    for (let turn = 1; turn <= TURNS; turn++) {
      say(`${connections} connections: turn ${turn} of ${TURNS}`);
      turns.push({ name: 'echo', ...(await load(echo.url, connections, TURN_SECONDS)) });
      if (connections === 1) {
        turns.push({ name: 'commit', connections, ...(await commitFloor(sql, TURN_SECONDS)) });
      }
      const served = await load(thicket.url, connections, TURN_SECONDS);
      acknowledged += served.requests;
      turns.push({ name: 'predict', ...served });
    }
  }
  const stored = await storedCount(sql);
  // More may be stored than was acknowledged: autocannon leaves without its last replies.
  const wrong = stored < acknowledged ? [`${acknowledged} acknowledged, ${stored} stored`] : [];
  const figures = CONNECTIONS.flatMap((connections) => figuresOf(turns, connections));
  return {
    machine: where,
    durable,
    checked: rows.length,
    acknowledged,
    stored,
    wrong,
    figures,
  };
}

async function started(starting) {
  const server = await starting;
  running.push(server);
  return server;
}

async function load(url, connections, seconds) {
  const client = spawn(process.execPath, [join(ROOT, 'loadtest/client.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  client.stdin.end(JSON.stringify({ url, connections, seconds, bodies }));
  return JSON.parse(await text(client.stdout));
}

/** One figure for each thing measured at this number of connections. */
function figuresOf(turns, connections) {
  const here = turns.filter((turn) => turn.connections === connections);
  const names = [...new Set(here.map(({ name }) => name))];
  return names.map((name) => middleOf(here.filter((turn) => turn.name === name)));
}

/** The medians over turns of the same thing; errors are added up. A commit has times only. */
function middleOf(turns) {
  const [{ name, connections, rate }] = turns;
  const middle = (figure) => median(turns.map((turn) => turn[figure]));
  const times = { name, connections, p50Ms: middle('p50Ms'), p99Ms: middle('p99Ms') };
  if (rate === undefined) return times;
  const errors = turns.reduce((sum, turn) => sum + turn.errors, 0);
  return { ...times, rate: middle('rate'), errors, clientCpuShare: middle('clientCpuShare') };
}

function writeResults(results) {
  const folder = join(ROOT, 'loadtest/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${machineName()}.json`), `${JSON.stringify(results, null, 2)}\n`);
  run(process.execPath, ['docs/make/figures.mjs']);
}
