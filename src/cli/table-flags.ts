import { type Command, InvalidArgumentError, Option } from 'commander';

import { missingWords } from '../table/missing-words.ts';
import type { TableOptions } from '../table/table-options.ts';

/** Names of delimiters, for those that a shell takes for its own or does not show. */
const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  '\\t': '\t',
  pipe: '|',
};

/** Options of every command that reads a table. */
export interface TableFlags {
  readonly delimiter?: string;
  readonly header?: 'yes' | 'no' | 'auto';
  readonly na?: readonly string[];
  readonly keepNa?: true;
}

/** The flags of every command that reads a table; `docs/tables.md` says more of each. */
export function addTableFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--delimiter <character>',
        'the character between cells, or tab (default: found from the first rows)',
      ).argParser(parseDelimiter),
    )
    .addOption(
      new Option('--header <answer>', 'whether the first line is a header')
        .choices(['yes', 'no', 'auto'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--na <word>',
        'a word for a missing value besides those of pandas (NA, NaN, None, ...); may be repeated',
      ).argParser((word, before?: readonly string[]) => [...(before ?? []), word]),
    )
    .option('--keep-na', 'take the words of pandas for texts, not for missing values');
}

export function tableOptions({ delimiter, header, na = [], keepNa }: TableFlags): TableOptions {
  return {
    ...(delimiter !== undefined && { delimiter }),
    ...(header !== undefined && { header }),
    missing: missingWords(na, keepNa === true),
  };
}

/** How a table was understood, where it could have been meant otherwise. */
export function writeNote(note: string): void {
  process.stderr.write(`${note}\n`);
}

function parseDelimiter(text: string): string {
  const character = DELIMITER_NAMES[text] ?? text;
  if (/^[^"\r\n]$/u.test(character)) return character;
  throw new InvalidArgumentError('one character other than a quote is meant, or the word tab.');
}
