import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { Broker, Delivery } from '../../src/jobs/broker/broker.ts';
import { PostgresBroker } from '../../src/jobs/broker/postgres-broker.ts';
import { type JobMessage, jsonMessage, parseMessage } from '../../src/jobs/message.ts';
import { insertJobs } from '../../src/jobs/new-jobs.ts';
import type { Store } from '../../src/store/store.ts';
import {
  quietLog,
  startPostgres,
  startStore,
  STORE_READY_MS_MAX,
  type TestPostgres,
} from '../support/postgres.ts';

/** Far longer than a test: jobs come back because they are given back, not because a lease ends. */
const LEASE_MS = 600_000;

let postgres: TestPostgres;
let store: Store;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await startStore(postgres.url);
}, STORE_READY_MS_MAX);
afterAll(async () => {
  await store.stop();
  await postgres.stop();
});

const opened: Broker[] = [];
afterEach(async () => {
  for (const broker of opened.splice(0)) await broker.stop();
  await store.query((sql) => sql`truncate async_jobs`);
});

interface Harness {
  readonly kind: Broker['kind'];
  readonly create: (queue: string) => Broker;
}

const HARNESSES: readonly Harness[] = [
  {
    kind: 'postgres',
    create: () => new PostgresBroker({ store, log: quietLog, leaseMs: LEASE_MS }),
  },
];

function newJobs(count: number): JobMessage[] {
  return Array.from({ length: count }, (_, at) => ({
    jobId: randomUUID(),
    payload: { at },
    model: null,
  }));
}

/** As a process does that takes jobs in: the rows first. */
async function publish(broker: Broker, jobs: readonly JobMessage[]): Promise<void> {
  await store.transaction((tx) =>
    insertJobs(
      tx,
      jobs.map((job) => ({ ...job, owner: '', key: null })),
    ),
  );
  await broker.publish(jobs.map(jsonMessage));
}

/** A consumer whose deliveries a test waits for. */
class Inbox {
  readonly deliveries: Delivery[] = [];
  readonly end: () => Promise<void>;
  #arrived: () => void = () => {};

  constructor(broker: Broker, unsettledMax = 100) {
    this.end = broker.consume((deliveries) => {
      this.deliveries.push(...deliveries);
      this.#arrived();
    }, unsettledMax);
  }

  get ids(): string[] {
    return this.deliveries.map((delivery) => parseMessage(delivery).jobId);
  }

  async until(count: number): Promise<readonly Delivery[]> {
    while (this.deliveries.length < count) {
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
    return this.deliveries;
  }
}

describe.each(HARNESSES)('the broker in $kind', ({ create }) => {
  async function open(queue: string): Promise<Broker> {
    const broker = create(queue);
    opened.push(broker);
    await broker.start();
    return broker;
  }

  test('hands over what was published, as it was published', async () => {
    const broker = await open('as-it-was');
    const jobs = newJobs(50);
    await publish(broker, jobs);
    const deliveries = await new Inbox(broker).until(50);
    const read = new Map(
      deliveries.map((each) => parseMessage(each)).map((job) => [job.jobId, job]),
    );
    expect(jobs.map(({ jobId }) => read.get(jobId))).toEqual(jobs);
  });

  test('hands over what is published after the consumer has come', async () => {
    const broker = await open('after');
    const inbox = new Inbox(broker);
    for (const job of newJobs(5)) await publish(broker, [job]);
    await inbox.until(5);
    expect(new Set(inbox.ids).size).toBe(5);
  });

  test('keeps back what is beyond the bound until something is settled', async () => {
    const broker = await open('bound');
    await publish(broker, newJobs(20));
    const inbox = new Inbox(broker, 8);
    await inbox.until(8);
    const probe = new Inbox(broker, 100); // Gets all the others, so that none is on its way to the first.
    await probe.until(12);
    expect(inbox.deliveries).toHaveLength(8);
    for (const delivery of inbox.deliveries) delivery.settle();
    await publish(broker, newJobs(4));
    await expect.poll(() => inbox.deliveries.length + probe.deliveries.length).toBe(24);
  });

  test('hands a job that is given back to somebody else', async () => {
    const broker = await open('given-back');
    await publish(broker, newJobs(3));
    const first = new Inbox(broker, 3);
    await first.until(3);
    const ids = first.ids;
    const ended = first.end();
    for (const delivery of first.deliveries) delivery.giveBack();
    await ended;
    const second = new Inbox(await open('given-back'));
    await second.until(3);
    expect(second.ids.toSorted()).toEqual(ids.toSorted());
  });

  test('gives each job to one of two consumers', async () => {
    const [a, b] = [await open('shared'), await open('shared')];
    const jobs = newJobs(200);
    const inboxes = [new Inbox(a, 200), new Inbox(b, 200)];
    await publish(a, jobs);
    await expect.poll(() => inboxes[0]!.ids.length + inboxes[1]!.ids.length).toBe(200);
    const all = inboxes.flatMap(({ ids }) => ids);
    expect(all.toSorted()).toEqual(jobs.map(({ jobId }) => jobId).toSorted());
  });

  test('stops while a consumer holds messages', async () => {
    const broker = await open('stops');
    await publish(broker, newJobs(2));
    const inbox = new Inbox(broker);
    await inbox.until(2);
    await broker.stop();
    for (const delivery of inbox.deliveries) delivery.settle(); // Too late, and no error.
    expect(inbox.deliveries).toHaveLength(2);
  });
});
