import { ThicketError } from '../core/errors.ts';
import { detectDialect } from './dialect.ts';
import type { TableEncoding } from './encoding.ts';
import { RecordReader, type TableRecord } from './record-reader.ts';
import { HEAD_BYTES, type TableSource, openSource, sourceOfBytes } from './source.ts';
import type { TableOptions } from './table-options.ts';

/** A CSV file, a stream of one (`-` is stdin), or one in memory, read once from its start to its end. */
export class TableFile {
  /** As messages name it. */
  readonly path: string;
  readonly #source: TableSource;
  readonly #options: TableOptions;
  #bytesRead = 0;

  private constructor(path: string, source: TableSource, options: TableOptions) {
    this.path = path;
    this.#source = source;
    this.#options = options;
  }

  /** @throws {ThicketError} TABLE_REFUSED for a path that is no file or stream. */
  static async open(path: string, options: TableOptions = {}): Promise<TableFile> {
    try {
      return new TableFile(path, await openSource(path), options);
    } catch (error) {
      throw asTableError(error, path);
    }
  }

  /** @param encoding The one that the sender of these bytes has stated. */
  static ofBytes(
    bytes: Buffer,
    name: string,
    encoding: TableEncoding['name'] | null,
    options: TableOptions = {},
  ): TableFile {
    return new TableFile(name, sourceOfBytes(bytes, name, encoding), options);
  }

  /** In bytes; without end for a stream. */
  get size(): number {
    return this.#source.size;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Of a stream: as its bytes so far tell. */
  get encoding(): TableEncoding {
    return this.#source.text.encoding;
  }

  /**
   * The records in order, the header among them, as many at a time as came together.
   * @throws {ThicketError} TABLE_REFUSED where the file is empty, or cannot be read to its end.
   */
  async *blocks(): AsyncGenerator<readonly TableRecord[]> {
    let isEmpty = true;
    try {
      for await (const records of this.#read()) {
        if (records.length === 0) continue;
        isEmpty = false;
        yield records;
      }
    } catch (error) {
      throw asTableError(error, this.path);
    }
    if (isEmpty) throw new ThicketError('TABLE_REFUSED', `${this.path} is empty.`);
  }

  async *#read(): AsyncGenerator<readonly TableRecord[]> {
    let reader: RecordReader | null = null;
    for await (const chunk of this.#source.text.chunks()) {
      reader ??= this.#readerFor(chunk);
      this.#bytesRead += chunk.length;
      yield await reader.read(chunk);
      reader.refuseBroken();
    }
    if (reader === null) return;
    yield await reader.end();
    reader.refuseBroken();
  }

  #readerFor(head: Buffer): RecordReader {
    const isWhole = head.length < HEAD_BYTES || head.length === this.size;
    return new RecordReader(detectDialect(head, isWhole, this.#options.delimiter), this.path);
  }
}

/** One sentence for a file that the system cannot read; bugs stay as they are. */
function asTableError(error: unknown, path: string): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  const sentence = `${path} cannot be read: ${error.message}.`;
  return new ThicketError('TABLE_REFUSED', sentence, { cause: error });
}
