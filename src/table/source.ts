import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { type TableEncoding, detectEncoding, encodingOf } from './encoding.ts';
import { refuseForeign } from './foreign-formats.ts';
import { StreamText, type TableText, textOfFile } from './text.ts';

/** Bytes from which the delimiter is detected: dozens of rows of a wide table, and no more than a pipe holds. */
export const HEAD_BYTES = 64 * 1024;

/** Bytes of a table in memory that are read in one turn of the event loop: a millisecond or a few. */
const PIECE_BYTES = 16 * 1024;

/** The text of a table, and how long it is in bytes: without end for a stream. */
export interface TableSource {
  readonly text: TableText;
  readonly size: number;
}

/** A file, or a stream (`-` is stdin; a named pipe), whose encoding is detected while it is read. */
export async function openSource(path: string): Promise<TableSource> {
  const file = path === '-' ? null : await stat(path);
  const bytes = headFirst(bytesOf(path), path);
  if (file?.isFile() === true) {
    return { text: textOfFile(bytes, await detectEncoding(path)), size: file.size };
  }
  return { text: new StreamText(bytes, path), size: Number.POSITIVE_INFINITY };
}

/** A table that is in memory, with the encoding that its sender stated. */
export function sourceOfBytes(
  bytes: Buffer,
  name: string,
  stated: TableEncoding['name'] | null,
): TableSource {
  const text = textOfFile(headFirst(piecesOf(bytes), name), encodingOf(bytes, stated));
  return { text, size: bytes.length };
}

/** Between two pieces everything else in the process has its turn. */
async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (at > 0) await nextTurn();
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}

/** Opened with the first read: to open a pipe is to wait for its writer. */
async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const stream: AsyncIterable<Buffer> = path === '-' ? process.stdin : createReadStream(path);
  yield* stream;
}

/** The same bytes; the first chunk has at least the head, or all there is. */
async function* headFirst(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let head: Buffer[] | null = [];
  let length = 0;
  for await (const chunk of bytes) {
    if (head === null) {
      yield chunk;
      continue;
    }
    head.push(chunk);
    length += chunk.length;
    if (length < HEAD_BYTES) continue;
    yield checked(head, path);
    head = null;
  }
  if (head !== null && length > 0) yield checked(head, path);
}

function checked(chunks: readonly Buffer[], path: string): Buffer {
  const head = Buffer.concat(chunks);
  refuseForeign(head, path);
  return head;
}
