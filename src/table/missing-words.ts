/** Words of a table that stand for a missing value. */
export type MissingWords = ReadonlySet<string>;

export const MISSING_WORDS: MissingWords = new Set(['', 'NA', 'N/A', 'NaN', 'null']);
