import type { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Sql } from './client.ts';
import { quotedName } from './names.ts';

/** Bytes written at a time: below this, calls cost more than bytes; above, nothing is won. */
const CHUNK_BYTES = 64 * 1024;

/** A value of a COPY line. Numbers are written so that they read back to the same double. */
export type CopyValue = string | number | boolean | null;

/** One row in the text format of COPY, its end of line included. */
export function copyLine(values: readonly CopyValue[]): string {
  let line = '';
  for (let at = 0; at < values.length; at++) {
    if (at > 0) line += '\t';
    line += copyText(values[at]!);
  }
  return `${line}\n`;
}

// oxlint-disable-next-line no-control-regex: these are the ones that the format escapes.
const SPECIAL = /[\\\t\n\r]/;

function copyText(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return String(value);
  if (!SPECIAL.test(value)) return value;
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
}

/** Shortest text that reads back to the same double, and keeps the sign of zero. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Lines that are waited for come many at a time: waiting for each costs as much as making it. */
export type CopyLines = Iterable<string> | AsyncIterable<Iterable<string>>;

/** Where the rows go. */
export interface CopyTarget {
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * Copies lines into a table, inside the caller's transaction, and proves that it happened. The client
 * (postgres 3.4.9) reports a COPY that the server refused as a success as soon as any other query ends,
 * so its `finish` is no proof. Here a query behind the COPY on the same connection is one: it fails in a
 * transaction that the refusal has aborted. Besides, the rows are counted by the server.
 * @returns The rows copied.
 */
export async function copyLines(tx: Sql, target: CopyTarget, lines: CopyLines): Promise<number> {
  const table = quotedName(target.table);
  const columns = target.columns.map(quotedName).join(', ');
  const before = await insertedBy(tx, table);
  const stream = await tx.unsafe(`copy ${table} (${columns}) from stdin`).writable();
  let failure: Error | null = null;
  stream.on('error', (error: Error) => (failure ??= error));
  let sent = 0;
  try {
    sent = await send(stream, lines);
  } catch (error) {
    // The server forgets what it has got: otherwise it would wait for the rest for ever.
    stream.destroy(error as Error);
    throw failure ?? error;
  }
  stream.end();
  await nextTurn();
  const after = await insertedBy(tx, table);
  if (failure !== null) throw failure as Error;
  if (after - before !== sent && Number.isFinite(after)) {
    throw new Error(`COPY stored ${after - before} of ${sent} rows`);
  }
  return sent;
}

/** Writes the lines in chunks. @returns How many. */
async function send(stream: Writable, lines: CopyLines): Promise<number> {
  let text = '';
  let sent = 0;
  const fills = (line: string): boolean => {
    text += line;
    sent++;
    return text.length >= CHUNK_BYTES;
  };
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(text);
    text = '';
    // Called back when the kernel has taken the bytes: waiting for it is the backpressure.
    await new Promise<void>((resolve, reject) => {
      stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  };
  const sendAll = async (some: Iterable<string>): Promise<void> => {
    for (const line of some) if (fills(line)) await flush();
  };
  if (Symbol.iterator in lines) await sendAll(lines);
  else for await (const some of lines) await sendAll(some);
  if (text !== '') await flush();
  return sent;
}

/**
 * Rows that this transaction has inserted into a table or its partitions, as the server counts them;
 * NaN where an administrator has switched counting off. Fails in an aborted transaction.
 */
async function insertedBy(tx: Sql, table: string): Promise<number> {
  const [row] = await tx<{ inserted: number }[]>`
    select case when current_setting('track_counts')::boolean
      then (select coalesce(sum(pg_stat_get_xact_tuples_inserted(part)), 0)
        from (select ${table}::regclass::oid as part
          union all select inhrelid from pg_inherits where inhparent = ${table}::regclass) as parts)
      else 'NaN' end::float8 as inserted`;
  return row!.inserted;
}
