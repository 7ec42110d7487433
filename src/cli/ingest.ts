import { Command } from 'commander';

import { ThicketError } from '../core/errors.ts';
import { type IngestResult, ingestCsv } from '../data/ingest.ts';
import { rejectionText } from '../table/rows.ts';
import { startProgress } from './progress.ts';
import { type DatasetFlags, openDataset, addDatasetFlags } from './dataset-flags.ts';
import { withStore } from './store-session.ts';
import { type TableFlags, addTableFlags, tableOptions } from './table-flags.ts';
import { grouped } from './text-table.ts';

/** Columns without a place that are named: a usual table has fewer, a hostile one thousands. */
const COLUMNS_NAMED_MAX = 20;

export function ingestCommand(): Command {
  const command = new Command('ingest')
    .description('Load a CSV file into the raw table: all of its good rows, or nothing.')
    .argument('<file>', 'the CSV file; - reads stdin')
    .option('--json', 'print JSON')
    .action(ingest);
  return addDatasetFlags(addTableFlags(command));
}

interface IngestCommandOptions extends DatasetFlags, TableFlags {
  readonly json?: true;
}

async function ingest(path: string, options: IngestCommandOptions): Promise<void> {
  const dataset = await openDataset(options);
  const progress = startProgress(`reading ${path}`);
  try {
    const result = await withStore((store) =>
      ingestCsv(store, dataset, path, {
        reading: tableOptions(options),
        onProgress: ({ bytes, bytesMax }) => progress.advance(bytes / bytesMax),
      }),
    );
    process.stdout.write(`${options.json ? JSON.stringify(result) : asText(result)}\n`);
    requireRows(path, result);
  } finally {
    progress.close();
  }
}

/** @throws {ThicketError} TABLE_REFUSED where the table is as it was. */
function requireRows(path: string, { rows, rejected }: IngestResult): void {
  if (rows > 0) return;
  const why =
    rejected === 0
      ? 'has no row below its header'
      : `has no row that can be taken: ${grouped(rejected)} are rejected`;
  throw new ThicketError('TABLE_REFUSED', `${path} ${why}. Nothing was stored.`);
}

function asText({ rows, rejected, rejections, encoding, ignored }: IngestResult): string {
  const lines = [`${grouped(rows)} rows in, ${grouped(rejected)} rejected (${encoding})`];
  if (ignored.length > 0) {
    const named = ignored.slice(0, COLUMNS_NAMED_MAX).join(', ');
    const more = ignored.length - COLUMNS_NAMED_MAX;
    lines.push(`columns without a place: ${named}${more > 0 ? ` and ${grouped(more)} more` : ''}`);
  }
  lines.push(...rejections.map(rejectionText));
  if (rejected > rejections.length) {
    lines.push(`and ${grouped(rejected - rejections.length)} more`);
  }
  return lines.join('\n');
}
