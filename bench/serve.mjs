/** The child's side of a contestant in Node (peers/peer.py says what is asked, and has it in Python). */
import { createInterface } from 'node:readline';

/** Rows that small blocks are taken from in turn, so that no row stays in the caches by itself. */
const ROTATED_ROWS = 4_096;
const NS_PER_MS = 1e6;

/**
 * Answers requests until the input ends; what fails is answered with a sentence.
 * @param {Record<string, (request: object) => object | Promise<object>>} replies
 */
export async function serve(replies) {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const reply = await replyTo(replies, request);
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}

async function replyTo(replies, request) {
  try {
    return await replies[request.do](request);
  } catch (error) {
    return { error: error.message };
  }
}

/** Nanoseconds of calls, one after the other, until the time is up. @param {(() => Promise<unknown> | undefined)[]} calls */
export async function timeCalls(calls, seconds) {
  const nanos = [];
  const end = performance.now() + seconds * 1e3;
  for (let at = 0; at === 0 || performance.now() < end; at++) {
    const call = calls[at % calls.length];
    const start = performance.now();
    const pending = call();
    // A call that is done must not wait for a turn of the event loop.
    if (pending !== undefined) await pending;
    nanos.push((performance.now() - start) * NS_PER_MS);
  }
  return nanos;
}

/** `prepare` for every block of so many rows; kept, because each block is asked for again and again. */
export function preparedBlocks(prepare) {
  const blocks = new Map();
  return (rows) => {
    if (!blocks.has(rows)) {
      const count = Math.max(1, ROTATED_ROWS / rows);
      blocks.set(
        rows,
        Array.from({ length: count }, (_, at) => prepare(at * rows, rows)),
      );
    }
    return blocks.get(rows);
  };
}

/** @param {Float64Array} doubles */
export function base64Of({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
