import { isAscii } from 'node:buffer';
import { createReadStream } from 'node:fs';

/** How the bytes of a table are to be read. */
export interface TableEncoding {
  readonly name: 'utf-8' | 'windows-1252';
  /** Mostly UTF-8, with bytes in it that are not: the rows that hold them are rejected. */
  readonly damaged: boolean;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Reads the whole file once: a Windows-1252 letter may come on the last line only. Bytes that are no
 * UTF-8 make it Windows-1252, unless a byte order mark or most of the file's letters say UTF-8.
 */
export async function detectEncoding(path: string): Promise<TableEncoding> {
  const evidence = new EncodingEvidence();
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) evidence.read(chunk);
  return evidence.finish();
}

/**
 * The encoding of a table in memory: the one that its sender has stated, unless a byte order mark says otherwise;
 * without a statement the likeliest.
 */
export function encodingOf(bytes: Buffer, stated: TableEncoding['name'] | null): TableEncoding {
  const evidence = new EncodingEvidence();
  evidence.read(bytes);
  const likeliest = evidence.finish();
  if (stated === null || evidence.isMarked) return likeliest;
  return { name: stated, damaged: stated === 'utf-8' && evidence.hasStrays };
}

/** Counts letters beyond ASCII that are whole in UTF-8, and bytes beyond ASCII that belong to none. */
export class EncodingEvidence {
  #marked: boolean | null = null;
  #letters = 0;
  #strays = 0;
  /** Bytes that the letter under way still needs, and those it has. */
  #missing = 0;
  #have = 0;

  read(bytes: Buffer): void {
    this.#marked ??= bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    if (this.#missing === 0 && isAscii(bytes)) return;
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

  /** Nothing but ASCII so far, which is the same text in both encodings. */
  get isEmpty(): boolean {
    return this.#letters === 0 && this.#strays === 0;
  }

  /** The bytes so far end within a letter. */
  get isWithinLetter(): boolean {
    return this.#missing > 0;
  }

  /** They begin with the byte order mark of UTF-8. */
  get isMarked(): boolean {
    return this.#marked === true;
  }

  get hasStrays(): boolean {
    return this.#strays > 0;
  }

  /** The encoding in which most of the letters so far are whole. */
  get likeliest(): TableEncoding['name'] {
    const isUtf8 = this.#strays === 0 || this.isMarked || this.#strays < this.#letters;
    return isUtf8 ? 'utf-8' : 'windows-1252';
  }

  /** There are no more bytes: a letter that the end cuts off is none. */
  finish(): TableEncoding {
    this.#breakOff();
    const name = this.likeliest;
    return { name, damaged: name === 'utf-8' && this.hasStrays };
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
