import { type Command, InvalidArgumentError, Option } from 'commander';

import type { TableOptions } from '../table/table-options.ts';

/** Delimiters that shells or eyes do not show, and the names that people give them. */
const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  '\\t': '\t',
  pipe: '|',
};

/** What a command that reads a table is told of it. */
export interface TableFlags {
  readonly delimiter?: string;
}

/** The flags of every command that reads a table. */
export function addTableFlags(command: Command): Command {
  return command.addOption(
    new Option(
      '--delimiter <character>',
      'the character between cells, or tab (default: told from the first rows)',
    ).argParser(parseDelimiter),
  );
}

export function tableOptions({ delimiter }: TableFlags): TableOptions {
  return { ...(delimiter !== undefined && { delimiter }) };
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
