/**
 * How fast outcomes become durable, on an embedded server of its own with fsync on: the commit floor, one
 * stored outcome beside it, INSERT beside COPY by batch size (which gives INSERT_ROWS_MAX), and the
 * writer's rows a second beside a plain COPY of the same rows.
 *
 * node bench/store-writer.mjs   (after npm run build)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLog } from '../dist/src/ops/log.js';
import { EmbeddedPostgres } from '../dist/src/store/embedded/embedded.js';
import { copyOutcomes, insertOutcomes } from '../dist/src/store/outcomes/outcome-rows.js';
import { OutcomeWriter } from '../dist/src/store/outcomes/outcome-writer.js';
import { Store } from '../dist/src/store/store.js';
import { transact } from '../dist/src/store/transactions.js';

const ROUNDS = 5;
const TIMES = 200;
const BATCHES = [1, 8, 64, 128, 256, 512, 1_024, 4_096];
const GROUP_ROWS = 1_000;
const BULK_ROWS = 100_000;
const FIRST_ID = 1e12; // Beyond every block that the writer takes.
const DEADLINE_MS = 30_000;

let lastId = FIRST_ID;
const directory = mkdtempSync(join(tmpdir(), 'thicket-bench-'));
const log = createLog('error');
const server = new EmbeddedPostgres({ directory, log });
await server.start();
const store = new Store({ url: server.url, poolSize: 2, log });
await store.start();
await store.ready(DEADLINE_MS);
const client = store.client({ max: 1 });
const writer = new OutcomeWriter({ store, log, rowsMax: BULK_ROWS, deadlineMs: DEADLINE_MS });
await writer.start();
try {
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
    const [row] = await client.sql.unsafe(`show ${name}`);
    if (row[name] !== 'on') throw new Error(`${name} is off: no figure counts`);
  }
  await oneRow();
  await batches();
  await bulk();
} finally {
  await writer.stop();
  await client.end();
  await store.stop();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function oneRow() {
  await client.sql`create table floor (id bigint generated always as identity, value float8)`;
  const floor = [];
  const stored = [];
  for (let round = 0; round < ROUNDS; round++) {
    floor.push(...(await time(TIMES, () => client.sql`insert into floor (value) values (0.1)`)));
    stored.push(...(await time(TIMES, () => writer.write([draft()], 'stored'))));
  }
  print('commit floor, one row', floor);
  print('writer, one row', stored);
}

async function batches() {
  for (const rows of BATCHES) {
    const inserts = [];
    const copies = [];
    for (let round = 0; round < ROUNDS; round++) {
      const times = Math.max(3, Math.ceil(TIMES / rows));
      inserts.push(...(await time(times, () => insertOutcomes(client.sql, numbered(rows)))));
      const copy = () => transact(client, (tx) => copyOutcomes(tx, numbered(rows)));
      copies.push(...(await time(times, copy)));
    }
    print(`INSERT of ${rows}`, inserts);
    print(`COPY of ${rows}`, copies);
  }
}

async function bulk() {
  for (let round = 0; round < ROUNDS; round++) {
    const rows = numbered(BULK_ROWS);
    const [copy] = await time(1, () => transact(client, (tx) => copyOutcomes(tx, rows)));
    const groups = Array.from({ length: BULK_ROWS / GROUP_ROWS }, () =>
      Array.from({ length: GROUP_ROWS }, draft),
    );
    const write = (group) => writer.write(group, 'stored');
    const [written] = await time(1, () => Promise.all(groups.map(write)));
    const perSecond = (ms) => Math.round((BULK_ROWS / ms) * 1_000).toLocaleString('en');
    console.log(`rows/s: one plain COPY ${perSecond(copy)}, writer ${perSecond(written)}`);
  }
}

function draft() {
  return {
    rawId: 1,
    modelName: 'rf_profit_margin',
    modelVersion: '1',
    modelDigest: '0'.repeat(64),
    target: 'profit_margin',
    prediction: Math.random(),
    label: null,
    outputs: null,
    probabilities: null,
    scores: null,
    requestId: null,
    jobId: null,
    runId: null,
    input: '{"sales":261.96,"quantity":2,"discount":0,"segment":"Consumer","region":"South"}',
  };
}

function numbered(rows) {
  const createdAt = new Date().toISOString();
  return Array.from({ length: rows }, () => ({ ...draft(), id: ++lastId, createdAt }));
}

/** Milliseconds of each call. */
async function time(times, call) {
  const taken = [];
  for (let at = 0; at < times; at++) {
    const began = performance.now();
    await call();
    taken.push(performance.now() - began);
  }
  return taken;
}

function print(name, taken) {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor(sorted.length * share)].toFixed(3);
  console.log(`${name.padEnd(24)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}
