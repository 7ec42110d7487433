/** Words of a table that stand for a missing value. */
export interface MissingWords {
  /** They give way to a category of the same name. */
  readonly usual: ReadonlySet<string>;
  /** Named for this very table: missing in every column. */
  readonly named: ReadonlySet<string>;
}

/** The words that pandas takes for missing by default, since 2.0. */
const USUAL_WORDS: ReadonlySet<string> = new Set([
  '',
  '#N/A',
  '#N/A N/A',
  '#NA',
  '-1.#IND',
  '-1.#QNAN',
  '-NaN',
  '-nan',
  '1.#IND',
  '1.#QNAN',
  '<NA>',
  'N/A',
  'NA',
  'NULL',
  'NaN',
  'None',
  'n/a',
  'nan',
  'null',
]);

export const MISSING_WORDS: MissingWords = { usual: USUAL_WORDS, named: new Set() };

/** @param keepUsual The usual words are texts, the empty one among them. */
export function missingWords(named: readonly string[], keepUsual: boolean): MissingWords {
  return {
    usual: keepUsual ? new Set() : USUAL_WORDS,
    named: new Set(named.map((word) => word.trim())),
  };
}

/** @param word Without spaces around it. */
export function isMissing(word: string, { usual, named }: MissingWords): boolean {
  return usual.has(word) || named.has(word);
}
