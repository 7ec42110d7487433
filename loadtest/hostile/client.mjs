/**
 * Many connections, each sending one body after another and reading each reply whole; every eighth sends slowly.
 *
 * node client.mjs < {url, connections, seconds, bytes, row}
 */
import { text } from 'node:stream/consumers';

import { Attacker } from './attacker.mjs';
import { shapes } from './shapes.mjs';

const SLOW_EVERY = 8;

const { url, connections, seconds, bytes, row } = JSON.parse(await text(process.stdin));
const { hostname, port, host } = new URL(url);
const requests = shapes(row, bytes).map(({ name, body, path = '/predict', chunked = false }) => {
  const content = Buffer.from(body);
  const length = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.length}`;
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;
  const frame = chunked
    ? [Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n0\r\n\r\n')]
    : [content];
  return { name, bytes: Buffer.concat([Buffer.from(head), ...frame]) };
});

const statuses = {};
const end = performance.now() + seconds * 1e3;
const attackers = Array.from({ length: connections }, async (_, at) => {
  const attacker = new Attacker({ host: hostname, port: Number(port) }, at % SLOW_EVERY === 0);
  for (let turn = at; performance.now() < end; turn++) {
    const { name, bytes: request } = requests[turn % requests.length];
    const status = await attacker.ask(request);
    statuses[name] ??= {};
    statuses[name][status] = (statuses[name][status] ?? 0) + 1;
  }
  attacker.leave();
});
await Promise.all(attackers);
process.stdout.write(JSON.stringify(statuses));
