import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { detectEncoding, refuseBinary } from './encoding.ts';
import { StreamText, type TableText, textOfFile } from './text.ts';

/** Bytes from which the delimiter is detected: dozens of rows of a wide table, and no more than a pipe holds. */
export const HEAD_BYTES = 64 * 1024;

/** The text of a table, and how long it is in bytes: without end for a stream. */
export interface TableSource {
  readonly text: TableText;
  readonly size: number;
}

/** A file, or a stream (`-` is stdin; a named pipe), whose encoding is detected while it is read. */
export async function openSource(path: string): Promise<TableSource> {
  const file = path === '-' ? null : await stat(path);
  if (file?.isFile() === true) {
    const encoding = await detectEncoding(path);
    return { text: textOfFile(headFirst(createReadStream(path), path), encoding), size: file.size };
  }
  const stream: AsyncIterable<Buffer> = file === null ? process.stdin : createReadStream(path);
  const text = new StreamText(headFirst(stream, path), path);
  return { text, size: Number.POSITIVE_INFINITY };
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
  refuseBinary(head, path);
  return head;
}
