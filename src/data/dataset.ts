import type { Column, TableShape } from '../schema/columns.ts';

/** A dataset as its file describes it: two tables, and the way from their rows to a model's fields. */
export interface Dataset extends TableShape {
  /** The table of the rows as they were ingested; error messages name it. */
  readonly rawTable: string;
  /** The table that `process` rebuilds from the raw one. */
  readonly processedTable: string;
  /** The column of the raw table that holds a row's id. */
  readonly key: string;
  readonly columns: readonly DatasetColumn[];
  /** Model fields whose value is not simply the column of the same name, by the field's name. */
  readonly fields: ReadonlyMap<string, FieldSource>;
}

export interface DatasetColumn extends Column {
  /** Texts only: processing cuts white space off both ends, and an empty text is missing. */
  readonly trim: boolean;
}

/** The value that a model's field has when a stored row is scored. */
export interface FieldSource {
  /** Null: no column, the default alone. */
  readonly column: string | null;
  /** Stands in for a missing value; null: a missing value stays missing. */
  readonly default: string | number | boolean | null;
}
