import { basename } from 'node:path';

import { ThicketError } from '../core/errors.ts';
import type { Column, ColumnType } from '../schema/columns.ts';
import { copyLine, copyLines } from '../store/copy.ts';
import type { Store } from '../store/store.ts';
import { type CellColumn, FINITE_NUMBERS } from '../table/cells.ts';
import { type Header, columnsInOrder, readHeader } from '../table/header.ts';
import type { TableRecord } from '../table/record-reader.ts';
import { type Rejection, type TableRow, compileRowReader } from '../table/rows.ts';
import { TableFile } from '../table/table-file.ts';
import type { TableOptions } from '../table/table-options.ts';
import type { Dataset } from './dataset.ts';
import { asRefusal, ensureTables } from './tables.ts';

/** Rejected rows that are named one by one; the others are only counted. */
export const REJECTIONS_NAMED_MAX = 100;
/** One transaction for the whole file: hours, for a file that is larger than memory. */
const INGEST_MS_MAX = 6 * 3_600_000;

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
  readonly reading?: TableOptions;
  /** Called after every block of rows; `bytesMax` is infinite for a stream. */
  readonly onProgress?: (progress: { bytes: number; bytesMax: number; rows: number }) => void;
}

/**
 * A CSV file into the raw table of a dataset, which is made if there is none: all of its good rows in one
 * transaction, or nothing. Rows that cannot be read are left out, counted, and named with line, column
 * and reason.
 * @throws {ThicketError} TABLE_REFUSED for a file that is not such a table; DATASET_REFUSED where the
 * database has another table of that name; STORE_UNAVAILABLE.
 */
export async function ingestCsv(
  store: Store,
  dataset: Dataset,
  path: string,
  options: IngestOptions = {},
): Promise<IngestResult> {
  const table = await TableFile.open(path, options.reading);
  const pass = new IngestPass(table, dataset, options);
  const target = {
    table: dataset.rawTable,
    columns: [...dataset.columns.map(({ name }) => name), 'source_file'],
  };
  const copied = store.transaction(async (tx) => {
    await ensureTables(tx, dataset);
    return copyLines(tx, target, pass.lines());
  }, INGEST_MS_MAX);
  const rows = await copied.catch((error: unknown) => {
    throw asRefusal(error, dataset.rawTable);
  });
  return { rows, encoding: table.encoding.name, ...pass.findings() };
}

/** One pass over a table: lines for COPY, and what was found on the way. */
class IngestPass {
  readonly #table: TableFile;
  readonly #dataset: Dataset;
  readonly #options: IngestOptions;
  readonly #source: string;
  readonly #rejections: Rejection[] = [];
  #rejected = 0;
  #header: Header | null = null;

  constructor(table: TableFile, dataset: Dataset, options: IngestOptions) {
    this.#table = table;
    this.#dataset = dataset;
    this.#options = options;
    this.#source = basename(table.path);
  }

  findings(): { rejected: number; rejections: readonly Rejection[]; ignored: readonly string[] } {
    return {
      rejected: this.#rejected,
      rejections: this.#rejections,
      ignored: this.#header?.ignored ?? [],
    };
  }

  async *lines(): AsyncGenerator<readonly string[]> {
    let readRow: ((record: TableRecord) => TableRow) | null = null;
    let rows = 0;
    try {
      for await (const records of this.#table.blocks()) {
        const isHeader = readRow === null && this.#options.reading?.header !== 'no';
        readRow ??= this.#columns(records[0]!);
        const read = records.slice(isHeader ? 1 : 0).map(readRow);
        rows += read.length;
        yield read.flatMap((row) => this.#lineOf(row));
        const { bytesRead: bytes, size: bytesMax } = this.#table;
        this.#options.onProgress?.({ bytes, bytesMax, rows });
      }
    } catch (error) {
      if (readRow === null || !(error instanceof ThicketError)) throw error;
      throw new ThicketError(error.code, `${error.message} Nothing was stored.`, { cause: error });
    }
  }

  /** The columns of the table in the first record. */
  #columns({ cells }: TableRecord): (record: TableRecord) => TableRow {
    const { header, missing } = this.#options.reading ?? {};
    this.#header =
      header === 'no'
        ? columnsInOrder(cells.length, this.#dataset)
        : readHeader(cells, this.#dataset);
    const columns = this.#dataset.columns.map(asStored);
    return compileRowReader(columns, this.#header, this.#table, missing);
  }

  /** None for a row that is rejected. */
  #lineOf({ values, rejection }: TableRow): string[] {
    if (rejection === null) return [copyLine([...values, this.#source])];
    this.#rejected++;
    if (this.#rejections.length < REJECTIONS_NAMED_MAX) this.#rejections.push(rejection);
    return [];
  }
}

/** Outermost numbers that a column of the database holds. */
const STORED_RANGES: Partial<Record<ColumnType, Pick<CellColumn, 'minimum' | 'maximum'>>> = {
  number: FINITE_NUMBERS,
  integer: { minimum: -2_147_483_648, maximum: 2_147_483_647 },
};

function asStored({ name, type }: Column): CellColumn {
  return { name, type, ...STORED_RANGES[type] };
}
