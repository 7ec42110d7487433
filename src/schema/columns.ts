/** The types that a column of a table may have. */
export const COLUMN_TYPES = ['text', 'number', 'integer', 'boolean', 'date', 'datetime'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** One column of a table: the names that files give it, and the values that its cells may have. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Names that a file's header may use, compared without regard to case, spaces and punctuation. */
  readonly headers: readonly string[];
  /** A file without this column is refused; otherwise all of its cells are missing. */
  readonly required: boolean;
}

/** A table as the reader of a file knows it. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly Column[];
}
