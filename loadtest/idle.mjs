/**
 * Requests behind pauses of 1 to 120 s, on connections that are kept, through nginx and haproxy with their
 * default settings and with ours. Fails when one request of them does.
 *
 * npm run loadtest:idle
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { machine, machineName } from '../bench/machine.mjs';
import { fail, ROOT, say } from '../scripts/steps.mjs';
import { FRONTS, findFront, startFront } from './fronts.mjs';
import { Server } from './server.mjs';

/** Close together around the 10 s and 30 s after which a server closes. */
const PAUSES_SECONDS = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 9.5, 10, 10.5, 11, 12, 13, 14, 15, 20, 25, 29, 30, 31, 35, 40, 45, 55,
  60, 65, 70, 80, 90, 100, 110, 120,
];
/** Connections of each pause. */
const CONNECTIONS = 4;
const ROW = JSON.stringify({
  sales: 261.96,
  quantity: 2,
  discount: 0,
  segment: 'Consumer',
  region: 'South',
  category: 'Furniture',
  sub_category: 'Bookcases',
  ship_mode: 'Second Class',
});

/** As a client of a connection pool does: a connection whose end it has seen is not used again. */
function predict(port, agent) {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': ROW.length };
    const options = { host: '127.0.0.1', port, path: '/predict', method: 'POST', headers, agent };
    const sent = request(options, (reply) => {
      reply.resume().on('end', () => resolve(reply.statusCode === 200 ? null : reply.statusCode));
    });
    sent.on('error', (error) => resolve(error.code));
    sent.end(ROW);
  });
}

async function failuresAround(port, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = await predict(port, agent);
  await wait(seconds * 1e3);
  const second = await predict(port, agent);
  agent.destroy();
  return [first, second].filter((failure) => failure !== null);
}

async function measure(front, upstream) {
  const running = await startFront(front, upstream);
  const cases = PAUSES_SECONDS.flatMap((seconds) => Array(CONNECTIONS).fill(seconds));
  const failed = await Promise.all(
    cases.map(async (seconds) =>
      (await failuresAround(running.port, seconds)).map((reason) => ({ seconds, reason })),
    ),
  );
  await running.stop();
  const failures = failed.flat();
  say(`${front.name}: ${2 * cases.length} requests, ${failures.length} failures`);
  return { front: front.name, requests: 2 * cases.length, failures };
}

for (const { program } of FRONTS) {
  const { reason } = findFront(program);
  if (reason !== undefined) fail(reason);
}
const about = machine();
const data = mkdtempSync(join(tmpdir(), 'thicket-idle-'));
const server = await Server.start([join(ROOT, 'dist/src/main.js'), 'up'], {
  THICKET_DATA_DIR: data,
  THICKET_PORT: '0',
});
const upstream = Number(new URL(server.url).port);
const fronts = await Promise.all(FRONTS.map((front) => measure(front, upstream)));
await server.stop();
rmSync(data, { recursive: true, force: true });
const folder = join(ROOT, 'loadtest/idle-results');
mkdirSync(folder, { recursive: true });
const result = {
  machine: about,
  pausesSeconds: PAUSES_SECONDS.join(' '),
  connections: CONNECTIONS,
  fronts,
};
writeFileSync(join(folder, `${machineName()}.json`), `${JSON.stringify(result, null, 2)}\n`);
if (fronts.some(({ failures }) => failures.length > 0)) fail('requests behind a pause were lost');
