import type { Options } from 'csv-parse';
import { parse } from 'csv-parse/sync';

/** The characters that are tried between cells; a character of one's own can be named. */
const DELIMITERS = [',', ';', '\t', '|'] as const;
/** Records by which a delimiter is judged: with fewer, one cell of free text can decide. */
const JUDGED_RECORDS_MAX = 32;
/** Share of the judged records that have as many cells as the header, below which it is no table. */
const AGREEING_SHARE_MIN = 0.5;

/** How a table's text falls into records and cells. */
export interface Dialect {
  readonly delimiter: string;
  /** The byte that ends a line: LF, also after CR; CR in files of old systems that have no LF. */
  readonly lineEnd: '\n' | '\r';
}

/** @param isWhole The head is the whole table: its last record is not cut off. */
export function detectDialect(head: Buffer, isWhole: boolean, delimiter?: string): Dialect {
  const lineEnd = !head.includes('\n') && head.includes('\r') ? '\r' : '\n';
  return { lineEnd, delimiter: delimiter ?? detectDelimiter(head, isWhole, lineEnd) };
}

/** The rules of the text that every reading shares, of a head as of the whole. */
export function parserOptions({ delimiter, lineEnd }: Dialect): Options {
  return {
    bom: true,
    delimiter,
    // Both, because files that were edited on two systems mix them.
    record_delimiter: lineEnd === '\r' ? ['\r'] : ['\r\n', '\n'],
    skip_empty_lines: true,
    relax_column_count: true,
    // A stray quote is a letter: otherwise the parser loses the ends of the records after it.
    relax_quotes: true,
  };
}

/**
 * The delimiter by which most of the first records have as many cells as the header; among equals the one
 * that makes more cells. A header of one cell by every delimiter is a table of one column.
 */
function detectDelimiter(head: Buffer, isWhole: boolean, lineEnd: Dialect['lineEnd']): string {
  let best: { delimiter: string; agreeing: number; width: number } | null = null;
  for (const delimiter of DELIMITERS) {
    const widths = firstWidths(head, isWhole, { delimiter, lineEnd });
    const width = widths[0] ?? 0;
    const agreeing = widths.filter((other) => other === width).length / widths.length;
    if (width < 2 || agreeing < AGREEING_SHARE_MIN) continue;
    const isBetter =
      best === null ||
      agreeing > best.agreeing ||
      (agreeing === best.agreeing && width > best.width);
    if (isBetter) best = { delimiter, agreeing, width };
  }
  return best?.delimiter ?? DELIMITERS[0];
}

function firstWidths(head: Buffer, isWhole: boolean, dialect: Dialect): number[] {
  const records: string[][] = parse(head, {
    ...parserOptions(dialect),
    to: JUDGED_RECORDS_MAX,
    // The end of the head may cut a quoted cell.
    skip_records_with_error: true,
  });
  const isCut = !isWhole && records.length < JUDGED_RECORDS_MAX && records.length > 1;
  return (isCut ? records.slice(0, -1) : records).map((record) => record.length);
}
