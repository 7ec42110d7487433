import { CsvError, type Info, type Options, Parser } from 'csv-parse';

import { ThicketError } from '../core/errors.ts';
import { type Dialect, parserOptions } from './dialect.ts';
import { LineEnds } from './line-ends.ts';

/** Bytes of one record: far above any row; a quote that is never closed must not take the file into memory. */
const RECORD_BYTES_MAX = 16 * 1024 * 1024;

export interface TableRecord {
  /** On which the record begins, counted from 1 with the header. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Cuts a text that comes in chunks into records. */
export class RecordReader {
  readonly #path: string;
  readonly #parser: Parser;
  readonly #ends: LineEnds;
  #records: TableRecord[] = [];
  /** Where the record under way begins, if no empty lines come first. */
  #line = 1;
  #emptyLines = 0;
  #failure: unknown = null;

  constructor(dialect: Dialect, path: string) {
    this.#path = path;
    this.#ends = new LineEnds(dialect.lineEnd);
    const options = { ...parserOptions(dialect), max_record_size: RECORD_BYTES_MAX };
    this.#parser = new DirectParser(options, (cells, info) => this.#take(cells, info));
    this.#parser.on('error', (error) => (this.#failure ??= error));
    this.#parser.resume();
  }

  /** The records that end in this chunk. */
  async read(chunk: Buffer): Promise<readonly TableRecord[]> {
    this.#ends.feed(chunk);
    await new Promise<void>((resolve) => this.#parser.write(chunk, () => resolve()));
    return this.#taken();
  }

  /** A last record without a line end. */
  async end(): Promise<readonly TableRecord[]> {
    await new Promise<void>((resolve) => this.#parser.end(() => resolve()));
    return this.#taken();
  }

  /** Apart from reading, so that the records before the failure can be had. */
  refuseBroken(): void {
    const failure = this.#failure;
    if (failure === null) return;
    if (!(failure instanceof CsvError)) throw failure;
    const line = this.#line + (Number(failure['empty_lines']) - this.#emptyLines);
    const reason =
      failure.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'it has a quote that is never closed'
        : `it is longer than ${RECORD_BYTES_MAX / 1024 / 1024} MiB: is a quote never closed?`;
    throw new ThicketError(
      'TABLE_REFUSED',
      `${this.#path} cannot be read beyond the record that begins on line ${line}: ${reason}.`,
      { cause: failure },
    );
  }

  #take(cells: readonly string[], info: Info): void {
    const line = this.#line + (info.empty_lines - this.#emptyLines);
    this.#records.push({ line, cells });
    this.#emptyLines = info.empty_lines;
    this.#line = 1 + this.#ends.before(info.bytes);
  }

  #taken(): readonly TableRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }
}

/** Hands records on as it finds them: a stream that queues them one by one costs as much as finding them. */
class DirectParser extends Parser {
  readonly #take: (cells: readonly string[], info: Info) => void;

  constructor(options: Options, take: (cells: readonly string[], info: Info) => void) {
    super(options);
    this.#take = take;
  }

  override push(record: readonly string[] | null): boolean {
    if (record === null) return super.push(null);
    this.#take(record, this.info);
    return true;
  }
}
