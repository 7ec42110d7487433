import { ThicketError } from '../core/errors.ts';
import { EncodingEvidence, type TableEncoding } from './encoding.ts';

/** The bytes of a table as UTF-8. */
export interface TableText {
  /** As far as the text was read: the rows of a stream tell whether it is damaged. */
  readonly encoding: TableEncoding;
  chunks(): AsyncIterable<Buffer>;
}

/** The text of a file, whose encoding is known before its first row is read. */
export function textOfFile(bytes: AsyncIterable<Buffer>, encoding: TableEncoding): TableText {
  return {
    encoding,
    async *chunks() {
      for await (const chunk of bytes) {
        yield encoding.name === 'utf-8' ? chunk : utf8OfWindows1252(chunk);
      }
    },
  };
}

/**
 * The text of a stream, which can be read only once. ASCII is the same in both encodings, so the first
 * bytes beyond it decide. Where the whole stream would have decided otherwise, it is refused at its end:
 * its rows are those of a file with the same bytes, or it fails.
 */
export class StreamText implements TableText {
  readonly #bytes: AsyncIterable<Buffer>;
  readonly #path: string;
  readonly #evidence = new EncodingEvidence();
  #name: TableEncoding['name'] | null = null;

  constructor(bytes: AsyncIterable<Buffer>, path: string) {
    this.#bytes = bytes;
    this.#path = path;
  }

  get encoding(): TableEncoding {
    const name = this.#name ?? 'utf-8';
    return { name, damaged: name === 'utf-8' && this.#evidence.hasStrays };
  }

  async *chunks(): AsyncGenerator<Buffer> {
    const evidence = this.#evidence;
    let held: Buffer = Buffer.alloc(0);
    for await (const chunk of this.#bytes) {
      evidence.read(chunk);
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      if (evidence.isEmpty && evidence.isWithinLetter) continue;
      if (!evidence.isEmpty) this.#name ??= evidence.likeliest;
      yield this.#asUtf8(held);
      held = Buffer.alloc(0);
    }
    const { name } = evidence.finish();
    this.#name ??= name;
    if (held.length > 0) yield this.#asUtf8(held);
    if (name !== this.#name) throw this.#changed(name);
  }

  #asUtf8(bytes: Buffer): Buffer {
    return this.#name === 'windows-1252' ? utf8OfWindows1252(bytes) : bytes;
  }

  #changed(name: TableEncoding['name']): ThicketError {
    return new ThicketError(
      'TABLE_REFUSED',
      `${this.#path} begins as ${this.#name} and is ${name} as a whole: read it from a file.`,
    );
  }
}

const windows1252 = new TextDecoder('windows-1252');

function utf8OfWindows1252(bytes: Buffer): Buffer {
  // As a stream, because Node 20 decodes a whole text as Latin-1, which has no euro sign.
  return Buffer.from(windows1252.decode(bytes, { stream: true }));
}
