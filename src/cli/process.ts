import { Command } from 'commander';

import { ThicketError } from '../core/errors.ts';
import { processRows } from '../data/process.ts';
import { type DatasetFlags, openDataset, addDatasetFlags } from './dataset-flags.ts';
import { withStore } from './store-session.ts';
import { grouped } from './text-table.ts';

export function processCommand(): Command {
  return addDatasetFlags(new Command('process'))
    .description('Rebuild the processed table from the raw one, in one transaction.')
    .action(async (options: DatasetFlags) => {
      const dataset = await openDataset(options);
      const rows = await withStore((store) => processRows(store, dataset));
      process.stdout.write(`${grouped(rows)} rows processed\n`);
      if (rows > 0) return;
      const sentence = `${dataset.rawTable} has no rows: thicket ingest FILE.csv loads some`;
      throw new ThicketError('DATASET_REFUSED', sentence);
    });
}
