import { readFile } from 'node:fs/promises';

import { InvalidArgumentError } from 'commander';

import { ThicketError } from '../core/errors.ts';

/** Ids in one call: a list of 100 million numbers is 800 MB. Whole tables are scored with --all. */
const IDS_MAX = 10_000_000;

/**
 * `1-5000,7` as numbers, each once, in the order they were named.
 * @throws {InvalidArgumentError} For anything else.
 */
export function parseIds(text: string): readonly number[] {
  const ids = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last] = /^\s*(\d{1,15})\s*(?:-\s*(\d{1,15})\s*)?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last ?? first)];
    if (first === undefined || from > to) {
      throw new InvalidArgumentError(`"${part.trim()}" is no id and no range such as 1-5000.`);
    }
    if (ids.size + (to - from + 1) > IDS_MAX) {
      throw new InvalidArgumentError(`More than ${IDS_MAX} ids; --all walks through the table.`);
    }
    for (let id = from; id <= to; id++) ids.add(id);
  }
  return [...ids];
}

/** Ids and ranges in a file, separated by commas or line ends. */
export async function readIds(path: string): Promise<readonly number[]> {
  const text = await readFile(path, 'utf8');
  const parts = text.split(/[\s,]*\r?\n[\s,]*/).filter((part) => part !== '');
  try {
    return parseIds(parts.join(','));
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new ThicketError('TABLE_REFUSED', `${path}: ${error.message}`, { cause: error });
  }
}
