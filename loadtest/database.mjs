import postgres from 'postgres';

import { quantile } from '../bench/figures.mjs';
import { runningServerUrl } from '../dist/src/store/embedded/embedded.js';

/** Without all of these, a commit is no commit and a figure means nothing. */
const DURABILITY = ['fsync', 'full_page_writes', 'synchronous_commit'];

/** One connection to the Postgres that the instance under load uses. */
export function connectTo(dataDirectory) {
  const url = process.env.DATABASE_URL ?? runningServerUrl(dataDirectory);
  return postgres(url, { max: 1, onnotice: () => {} });
}

/** Names what was checked. @throws where a setting that makes commits durable is off. */
export async function checkDurability(sql) {
  for (const name of DURABILITY) {
    const [row] = await sql`select current_setting(${name}) as setting`;
    if (row.setting !== 'on') throw new Error(`${name} is ${row.setting}: nothing is measured so`);
  }
  return DURABILITY.join(', ');
}

/** One-row inserts, each committed before the next, by one connection. */
export async function commitFloor(sql, seconds) {
  await sql`create table if not exists loadtest_commit_floor
    (id bigint generated always as identity primary key, prediction double precision)`;
  const latenciesMs = [];
  const end = performance.now() + seconds * 1e3;
  while (performance.now() < end) {
    const start = performance.now();
    await sql`insert into loadtest_commit_floor (prediction) values (${Math.random()})`;
    latenciesMs.push(performance.now() - start);
  }
  await sql`drop table loadtest_commit_floor`;
  return { p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) };
}

export async function storedCount(sql) {
  const [{ count }] = await sql`select count(*)::int as count from predictions`;
  return count;
}
