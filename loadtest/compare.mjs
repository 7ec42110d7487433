/**
 * The service of another checkout and of this one under the same load, in turns on one machine. Client,
 * both servers and their Postgres share the CPUs; only one server is under load at a time.
 *
 * npm run compare:service -- CHECKOUT [--rounds N] [--assert]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

import { machine, machineName } from '../bench/machine.mjs';
import { inTurns, Pairs, verdictTable } from '../bench/paired.mjs';
import { fail, ROOT, say } from '../scripts/steps.mjs';
import { checkDurability, connectTo } from './database.mjs';
import { checkAnswers, expectedRows } from './expected.mjs';
import { Server } from './server.mjs';

const CONNECTIONS = [1, 16, 64];
/** Below some twenty pairs a few noisy turns decide where the quartiles lie. */
const ROUNDS_DEFAULT = 20;
const TURN_SECONDS = 2;
const WARM_UP_SECONDS = 3;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: String(ROUNDS_DEFAULT) },
    assert: { type: 'boolean', default: false },
  },
});
const [checkout] = positionals;
if (checkout === undefined) fail('name the checkout to compare with');

const rows = expectedRows();
const bodies = rows.map(({ body }) => body);
const where = machine();
const running = [];
try {
  const servers = [];
  for (const home of [resolve(checkout), ROOT]) servers.push(await startServer(home));
  const verdicts = [];
  for (const connections of CONNECTIONS) {
    verdicts.push(...(await compareAt(connections, servers)));
  }
  process.stdout.write(`${verdictTable(verdicts)}\n`);
  const file = join(ROOT, 'loadtest/results', `${machineName()}-compare.json`);
  writeFileSync(file, `${JSON.stringify({ machine: where, verdicts }, null, 2)}\n`);
  if (options.assert && verdicts.some(({ fell }) => fell)) process.exitCode = 1;
} finally {
  for (const stop of running.toReversed()) await stop();
}

async function startServer(home) {
  const directory = mkdtempSync(join(tmpdir(), 'thicket-compare-'));
  running.push(() => rmSync(directory, { recursive: true, force: true }));
  say(`starting ${home}`);
  const server = await Server.start([join(home, 'dist/src/main.js'), 'up'], {
    THICKET_DATA_DIR: directory,
    THICKET_PORT: '0',
    THICKET_DRAIN_DELAY_MS: '0',
  });
  running.push(() => server.stop());
  const sql = connectTo(directory);
  await checkDurability(sql);
  await sql.end();
  await checkAnswers(server.url, rows);
  return server;
}

async function compareAt(connections, servers) {
  for (const { url } of servers) await load(url, connections, WARM_UP_SECONDS);
  const label = `POST /predict, stored, ${connections} connections`;
  const p50 = new Pairs(label, 'ms, p50');
  const perRequest = new Pairs(label, 'us a request');
  for (let round = 0; round < Number(options.rounds); round++) {
    say(`${connections} connections: round ${round + 1} of ${options.rounds}`);
    const [before, after] = servers.map(
      ({ url }) =>
        () =>
          load(url, connections, TURN_SECONDS),
    );
    const pair = await inTurns(round, before, after);
    for (const { errors } of pair) if (errors > 0) throw new Error(`${errors} requests failed`);
    p50.add(pair[0].p50Ms, pair[1].p50Ms);
    perRequest.add(1e6 / pair[0].rate, 1e6 / pair[1].rate);
  }
  return [p50.verdict(), perRequest.verdict()];
}

async function load(url, connections, seconds) {
  const client = spawn(process.execPath, [join(ROOT, 'loadtest/client.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  client.stdin.end(JSON.stringify({ url, connections, seconds, bodies }));
  return JSON.parse(await text(client.stdout));
}
