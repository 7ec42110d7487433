import type { Formula } from '../formula/formula.ts';
import type { Column, TableShape } from '../schema/columns.ts';

/** A dataset as its file describes it: two tables, and the way from their rows to a model's fields. */
export interface Dataset extends TableShape {
  /** The table of the rows as they were ingested; error messages name it. */
  readonly rawTable: string;
  /** The table that `process` rebuilds from the raw one. */
  readonly processedTable: string;
  /** The column of both tables that holds a row's own id. */
  readonly key: string;
  readonly columns: readonly DatasetColumn[];
  /** The columns that the processed table has besides. */
  readonly processed: readonly ProcessedColumn[];
  /** Model fields whose value is not simply the column of the same name, by the field's name. */
  readonly fields: ReadonlyMap<string, FieldSource>;
}

export interface DatasetColumn extends Column {
  /** Texts only: processing cuts white space off both ends, and an empty text is missing. */
  readonly trim: boolean;
}

export interface ProcessedColumn {
  readonly name: string;
  readonly formula: Formula;
}

/** The value that a model's field has when a stored row is scored. */
export interface FieldSource {
  /** A column of the file or a processed one; null: none, the default alone. */
  readonly column: string | null;
  /** Stands in for a missing value; null: a missing value stays missing. */
  readonly default: string | number | boolean | null;
}

/** Columns that `ingest` fills by itself, with their types in Postgres. */
export const INGESTED = {
  source_file: 'text',
  ingested_at: 'timestamp with time zone',
} as const;

/** Columns that `process` fills by itself. */
export const PROCESSED = {
  raw_id: 'bigint',
  processed_at: 'timestamp with time zone',
} as const;
