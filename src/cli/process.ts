import { Command } from 'commander';

import { processRows } from '../data/process.ts';
import { specOption } from './spec-option.ts';
import { withStore } from './store-session.ts';
import { grouped } from './text-table.ts';

export function processCommand(): Command {
  return new Command('process')
    .description('Rebuild the processed table from the raw one, in one transaction.')
    .addOption(specOption())
    .action(async () => {
      const rows = await withStore((store) => processRows(store));
      process.stdout.write(`${grouped(rows)} rows processed\n`);
    });
}
