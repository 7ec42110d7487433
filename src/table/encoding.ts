import { createReadStream } from 'node:fs';

import { ThicketError } from '../core/errors.ts';

/** How the bytes of a table file are to be read. */
export interface TableEncoding {
  readonly name: 'utf-8' | 'windows-1252';
  /** Mostly UTF-8, with bytes in it that are not: the rows that hold them are rejected. */
  readonly damaged: boolean;
}

/** Bytes at the start that tell text from what is none: the header has no zero byte, or is none. */
const HEAD_BYTES = 4_096;

/**
 * Reads the whole file once: a Windows-1252 letter may come on the last line only. Bytes that are no
 * UTF-8 make it Windows-1252, unless more of the file's letters are UTF-8 than are not.
 */
export async function detectEncoding(path: string): Promise<TableEncoding> {
  const evidence = new Utf8Evidence();
  let head = true;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (head) refuseBinary(chunk.subarray(0, HEAD_BYTES));
    head = false;
    evidence.read(chunk);
  }
  const { letters, strays } = evidence.finish();
  if (strays === 0) return { name: 'utf-8', damaged: false };
  return strays < letters
    ? { name: 'utf-8', damaged: true }
    : { name: 'windows-1252', damaged: false };
}

function refuseBinary(head: Buffer): void {
  const mark = head.subarray(0, 2).toString('hex');
  const lineEnd = head.indexOf('\n');
  const firstLine = lineEnd < 0 ? head : head.subarray(0, lineEnd);
  if (mark === 'fffe' || mark === 'feff' || firstLine.includes(0)) {
    throw new ThicketError(
      'TABLE_REFUSED',
      'the file is UTF-16 or no text at all: save it as UTF-8 or Windows-1252',
    );
  }
}

/** Counts letters beyond ASCII that are whole in UTF-8, and bytes beyond ASCII that belong to none. */
class Utf8Evidence {
  #letters = 0;
  #strays = 0;
  /** Bytes that the letter under way still needs, and those it has. */
  #missing = 0;
  #have = 0;

  read(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#missing > 0 && byte >= 0x80 && byte <= 0xbf) {
        this.#have++;
        this.#missing--;
        if (this.#missing === 0) this.#letters++;
        continue;
      }
      this.#breakOff();
      if (byte < 0x80) continue;
      this.#missing = continuationsAfter(byte);
      this.#have = 1;
      if (this.#missing === 0) this.#strays++;
    }
  }

  finish(): { letters: number; strays: number } {
    this.#breakOff();
    return { letters: this.#letters, strays: this.#strays };
  }

  #breakOff(): void {
    if (this.#missing > 0) this.#strays += this.#have;
    this.#missing = 0;
  }
}

function continuationsAfter(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 1;
  if (lead >= 0xe0 && lead <= 0xef) return 2;
  return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
}
