import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable, pipeline } from 'node:stream';

import { CsvError, parse, type Parser } from 'csv-parse';

import { ThicketError } from '../core/errors.ts';
import { copyLine, copyLines } from '../store/copy.ts';
import type { TableShape } from '../schema/columns.ts';
import type { Store } from '../store/store.ts';
import { CellError, readCell } from '../table/raw-cells.ts';
import { detectEncoding, type TableEncoding } from '../table/encoding.ts';
import { readHeader, type Header } from '../table/header.ts';
import type { Dataset } from './dataset.ts';
import { SUPERSTORE } from './datasets/superstore.ts';

/** Rejected rows that are named one by one; the others are only counted. */
export const REJECTIONS_NAMED_MAX = 100;
/** Characters in one record: a quote that is never closed must not take the file into memory. */
export const RECORD_CHARACTERS_MAX = 1_048_576;
/** One transaction for the whole file: hours, for a file that is larger than memory. */
const INGEST_MS_MAX = 6 * 3_600_000;
/** Between two calls of the progress callback. */
const PROGRESS_ROWS = 1_000;

export interface Rejection {
  /** Where the record begins, counted from 1 with the header. */
  readonly line: number;
  /** Null: the record as a whole. */
  readonly column: string | null;
  readonly reason: string;
}

export interface IngestResult {
  readonly rows: number;
  readonly rejected: number;
  /** The first ones. */
  readonly rejections: readonly Rejection[];
  readonly encoding: 'utf-8' | 'windows-1252';
  /** Columns of the file that the table has no place for. */
  readonly ignored: readonly string[];
}

export interface IngestOptions {
  readonly dataset?: Dataset;
  readonly onProgress?: (progress: { bytes: number; bytesMax: number; rows: number }) => void;
}

/**
 * A CSV file into the raw table, all of its good rows in one transaction, or nothing. Rows that cannot be
 * read are left out, counted, and named with line, column and reason.
 * @throws {ThicketError} TABLE_REFUSED for a file that is not such a table; STORE_UNAVAILABLE.
 */
export async function ingestCsv(
  store: Store,
  path: string,
  options: IngestOptions = {},
): Promise<IngestResult> {
  const dataset = options.dataset ?? SUPERSTORE;
  const bytesMax = await sizeOf(path);
  const encoding = await detectEncoding(path);
  const reader = new TableReader(path, dataset, encoding);
  const columns = [...dataset.columns.map(({ name }) => name), 'source_file'];
  const rows = await store.transaction(async (tx) => {
    const lines = reader.lines((bytes, read) => {
      options.onProgress?.({ bytes, bytesMax, rows: read });
    });
    return copyLines(tx, { table: dataset.rawTable, columns }, lines);
  }, INGEST_MS_MAX);
  return { rows, encoding: encoding.name, ...reader.findings() };
}

async function sizeOf(path: string): Promise<number> {
  try {
    const stats = await stat(path);
    if (stats.isFile()) return stats.size;
  } catch (cause) {
    const { message } = cause as Error;
    throw new ThicketError('TABLE_REFUSED', `cannot read ${path}: ${message}`, { cause });
  }
  throw new ThicketError('TABLE_REFUSED', `${path} is not a file`);
}

/** One pass over a file: lines for COPY, and what was found on the way. */
class TableReader {
  readonly #path: string;
  readonly #table: TableShape;
  readonly #encoding: TableEncoding;
  readonly #rejections: Rejection[] = [];
  #rejected = 0;
  #header: Header | null = null;
  /** What makes the rest of the file unreadable. */
  #broken: CsvError | null = null;

  constructor(path: string, table: TableShape, encoding: TableEncoding) {
    this.#path = path;
    this.#table = table;
    this.#encoding = encoding;
  }

  findings(): { rejected: number; rejections: readonly Rejection[]; ignored: readonly string[] } {
    return {
      rejected: this.#rejected,
      rejections: this.#rejections,
      ignored: this.#header?.ignored ?? [],
    };
  }

  async *lines(onProgress: (bytes: number, rows: number) => void): AsyncGenerator<string> {
    const source = basename(this.#path);
    let rows = 0;
    for await (const { record, info } of this.#records()) {
      if (this.#header === null) {
        this.#header = readHeader(record, this.#table);
        continue;
      }
      const line = this.#lineOf(record, lineWhere(record, info.lines), this.#header, source);
      if (line !== null) yield line;
      if (++rows % PROGRESS_ROWS === 0) onProgress(info.bytes, rows);
    }
    this.#refuseBroken();
    if (this.#header === null) throw new ThicketError('TABLE_REFUSED', `${this.#path} is empty`);
  }

  #records(): AsyncIterable<Found> {
    const parser: Parser = parse({
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      // A stray quote is a letter: otherwise the parser loses the ends of the records after it.
      relax_quotes: true,
      // Both, because files that were edited on two systems mix them.
      record_delimiter: ['\r\n', '\n'],
      max_record_size: RECORD_CHARACTERS_MAX,
      skip_records_with_error: true,
      on_skip: (error) => this.#skip(error),
    });
    const { name } = this.#encoding;
    pipeline(Readable.from(decoded(this.#path, name)), parser, () => {
      // The parser is read below, and throws there.
    });
    return parser as AsyncIterable<Found>;
  }

  #skip(error: CsvError | undefined): undefined {
    if (error === undefined) return;
    // Neither of them says where the next record begins.
    if (error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE') {
      this.#broken ??= error;
      return;
    }
    this.#reject({ line: Number(error['lines']), column: null, reason: error.message });
  }

  #refuseBroken(): void {
    if (this.#broken === null) return;
    throw new ThicketError(
      'TABLE_REFUSED',
      `${this.#path} cannot be read to its end, nothing was stored: ${this.#broken.message}`,
      { cause: this.#broken },
    );
  }

  #lineOf(record: readonly string[], line: number, header: Header, source: string): string | null {
    this.#refuseBroken();
    if (record.length !== header.width) {
      const reason = `${record.length} cells where the header has ${header.width}`;
      this.#reject({ line, column: null, reason });
      return null;
    }
    const values = [];
    for (const [at, column] of this.#table.columns.entries()) {
      try {
        const position = header.positions[at]!;
        const cell = position < 0 ? '' : record[position]!;
        values.push(readCell(cell, column, this.#encoding.damaged));
      } catch (error) {
        if (!(error instanceof CellError)) throw error;
        this.#reject({ line, column: column.name, reason: error.message });
        return null;
      }
    }
    return copyLine([...values, source]);
  }

  #reject(rejection: Rejection): void {
    this.#rejected++;
    if (this.#rejections.length < REJECTIONS_NAMED_MAX) this.#rejections.push(rejection);
  }
}

interface Found {
  readonly record: string[];
  readonly info: { readonly lines: number; readonly bytes: number };
}

async function* decoded(path: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding); // It drops a byte order mark by itself.
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}

/** The parser tells the line on which a record ends. */
function lineWhere(record: readonly string[], ends: number): number {
  let breaks = 0;
  for (const cell of record) {
    if (cell.includes('\n')) breaks += cell.split('\n').length - 1;
  }
  return ends - breaks;
}
