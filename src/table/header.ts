import { ThicketError } from '../core/errors.ts';
import type { TableShape } from '../schema/columns.ts';

/** Where a file has the table's columns. */
export interface Header {
  /** Per column of the table: the position of its cells; -1 for one that the file need not have. */
  readonly positions: readonly number[];
  /** Cells in a record. */
  readonly width: number;
  readonly ignored: readonly string[];
}

/** @throws {ThicketError} TABLE_REFUSED when a column is missing or comes twice. */
export function readHeader(cells: readonly string[], table: TableShape): Header {
  const names = cells.map(plainName);
  const positions = table.columns.map(({ name, headers }) => {
    const wanted = new Set([name, ...headers].map(plainName));
    const found = [...names.keys()].filter((at) => wanted.has(names[at]!));
    if (found.length > 1) {
      const doubled = JSON.stringify(cells[found[1]!]);
      throw new ThicketError('TABLE_REFUSED', `the column ${doubled} comes twice`);
    }
    return found[0] ?? -1;
  });
  const missing = table.columns.filter(({ required }, at) => required && positions[at] === -1);
  if (missing.length > 0) {
    const list = missing.map(({ name, headers }) => JSON.stringify(headers[0] ?? name)).join(', ');
    throw new ThicketError(
      'TABLE_REFUSED',
      `this is no ${table.name} table: its header lacks ${list}`,
    );
  }
  const used = new Set(positions);
  return {
    positions,
    width: cells.length,
    ignored: cells.filter((_, at) => !used.has(at)),
  };
}

/**
 * Takes a file's columns in the order of the table's, where it has no header.
 * @throws {ThicketError} TABLE_REFUSED when there are more or fewer of them.
 */
export function columnsInOrder(width: number, table: TableShape): Header {
  const count = table.columns.length;
  if (width !== count) {
    throw new ThicketError(
      'TABLE_REFUSED',
      `this is no ${table.name} table: without a header it has ${count} columns, and the file ${width}`,
    );
  }
  return { positions: [...table.columns.keys()], width, ignored: [] };
}

/** A header as it is compared; one of punctuation alone stays what it is. */
export function plainName(text: string): string {
  const plain = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return plain === '' ? text.trim() : plain;
}
