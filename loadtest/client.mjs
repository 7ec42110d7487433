/**
 * The load, in a process of its own, so that its CPU time can be measured. One connection is a loop of
 * our own over a kept-alive socket, because autocannon's times of one request carry its own work;
 * several are autocannon.
 *
 * node client.mjs < {url, seconds, connections, bodies}
 */
import { text } from 'node:stream/consumers';

import { loopFor } from './one-connection.mjs';
import { cannonFor } from './many-connections.mjs';
import { quantile } from '../bench/figures.mjs';

const job = JSON.parse(await text(process.stdin));
const started = performance.now();
const cpuBefore = process.cpuUsage();
const { latenciesMs, errors } = await (job.connections === 1 ? loopFor(job) : cannonFor(job));
const seconds = (performance.now() - started) / 1e3;
const { user, system } = process.cpuUsage(cpuBefore);
const result = {
  connections: job.connections,
  requests: latenciesMs.length,
  rate: latenciesMs.length / seconds,
  p50Ms: quantile(latenciesMs, 0.5),
  p99Ms: quantile(latenciesMs, 0.99),
  errors,
  clientCpuShare: (user + system) / 1e6 / seconds,
};
process.stdout.write(JSON.stringify(result));
