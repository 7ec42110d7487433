import type { MissingWords } from './missing-words.ts';

/** How a table is to be read, where the rules of `docs/tables.md` are not meant. */
export interface TableOptions {
  /** One character between cells; without it the first records tell. */
  readonly delimiter?: string;
  /** Words for a missing value instead of the usual ones. */
  readonly missing?: MissingWords;
  /** States that the first line is a header or not; `auto`, the default, looks at it. */
  readonly header?: 'yes' | 'no' | 'auto';
  /** A column of texts besides those of the model: where the header names it, its value comes behind theirs. */
  readonly besides?: string;
}
