import { Command, Option } from 'commander';

import { readAhead } from '../core/read-ahead.ts';
import type { Service } from '../core/service.ts';
import type { Dataset } from '../data/dataset.ts';
import { countRawRows, type IdentifiedRow, RawRows } from '../data/raw-rows.ts';
import type { Config } from '../ops/config.ts';
import type { Log } from '../ops/log.ts';
import type { RefusedRawRow, Scoring } from '../score/scoring.ts';
import type { Store } from '../store/store.ts';
import { type DatasetFlags, openDataset, addDatasetFlags } from './dataset-flags.ts';
import { type Progress, startProgress } from './progress.ts';
import { parseIds, readIds } from './raw-ids.ts';
import { withStore } from './store-session.ts';
import { grouped } from './text-table.ts';

/** Rows read, scored and committed at a time: large enough for COPY to pay, small beside the buffer. */
const BLOCK_ROWS = 8_192;
/** Refused rows that are named one by one; the others are only counted. */
const REFUSED_NAMED_MAX = 20;

interface ScoreOptions extends DatasetFlags {
  readonly ids?: readonly number[];
  readonly idsFile?: string;
  readonly all?: true;
  readonly model?: string;
  readonly json?: true;
}

interface Totals {
  read: number;
  stored: number;
  refused: number;
  readonly named: RefusedRawRow[];
}

export interface ScoringSurroundings {
  readonly store: Store;
  readonly config: Config;
  readonly log: Log;
  readonly dataset: Dataset;
}

/** Loads the model of this name, or the first one, and starts all that scores its rows. */
export type OpenScoring = (
  around: ScoringSurroundings,
  model: string | null,
) => Promise<{ readonly scoring: Scoring; readonly path: Pick<Service, 'stop'> }>;

export function scoreCommand(open: OpenScoring): Command {
  return addDatasetFlags(new Command('score'))
    .description('Score rows of the raw table with the configured model, and store the outcomes.')
    .addOption(new Option('--ids <list>', 'ids and ranges, such as 1-5000,7').argParser(parseIds))
    .addOption(new Option('--ids-file <file>', 'a file with ids and ranges').conflicts('ids'))
    .addOption(new Option('--all', 'every row').conflicts(['ids', 'idsFile']))
    .option('--model <name>', 'one of THICKET_MODELS (default: the first one)')
    .option('--json', 'print JSON')
    .action(async (options: ScoreOptions, command: Command) => {
      if (options.ids === undefined && options.idsFile === undefined && options.all !== true) {
        command.error('error: one of --ids, --ids-file and --all says which rows');
      }
      const dataset = await openDataset(options);
      const totals = await withStore((store, config, log) =>
        score(open, { store, config, log, dataset }, options),
      );
      process.stdout.write(`${options.json === true ? JSON.stringify(totals) : asText(totals)}\n`);
    });
}

async function score(
  open: OpenScoring,
  around: ScoringSurroundings,
  options: ScoreOptions,
): Promise<Totals> {
  const { scoring, path } = await open(around, options.model ?? null);
  const progress = startProgress('scoring');
  try {
    return await scoreBlocks(scoring, await blocksOf(around, scoring, options), progress);
  } finally {
    progress.close();
    await path.stop();
  }
}

/** The rows that were asked for, a block at a time, and how many there may be. */
interface Blocks {
  readonly rowsMax: number;
  readonly blocks: AsyncIterable<readonly IdentifiedRow[]>;
}

async function blocksOf(
  { store, dataset }: ScoringSurroundings,
  scoring: Scoring,
  options: ScoreOptions,
): Promise<Blocks> {
  const rawRows = new RawRows(store, dataset, scoring.live.schema.fields);
  if (options.all === true) {
    return { rowsMax: await countRawRows(store, dataset), blocks: wholeTable(rawRows) };
  }
  const ids = options.ids ?? (await readIds(options.idsFile!));
  return { rowsMax: ids.length, blocks: rowsOf(rawRows, ids) };
}

async function* wholeTable(rawRows: RawRows): AsyncGenerator<readonly IdentifiedRow[]> {
  let after = 0;
  for (;;) {
    const rows = await rawRows.after(after, BLOCK_ROWS);
    if (rows.length === 0) return;
    after = rows.at(-1)!.id;
    yield rows;
  }
}

async function* rowsOf(
  rawRows: RawRows,
  ids: readonly number[],
): AsyncGenerator<readonly IdentifiedRow[]> {
  for (let first = 0; first < ids.length; first += BLOCK_ROWS) {
    const wanted = ids.slice(first, first + BLOCK_ROWS);
    const rows = await rawRows.byIds(wanted);
    yield wanted.flatMap((id) => (rows.has(id) ? [{ id, values: rows.get(id)! }] : []));
  }
}

async function scoreBlocks(
  scoring: Scoring,
  { rowsMax, blocks }: Blocks,
  progress: Progress,
): Promise<Totals> {
  const totals: Totals = { read: 0, stored: 0, refused: 0, named: [] };
  const scoreBlock = async (rows: readonly IdentifiedRow[]): Promise<void> => {
    const { stored, refused } = await scoring.scoreRawRows(rows);
    totals.read += rows.length;
    totals.stored += stored;
    totals.refused += refused.length;
    totals.named.push(...refused.slice(0, REFUSED_NAMED_MAX - totals.named.length));
    progress.advance(totals.read / rowsMax);
  };
  for await (const rows of readAhead(blocks)) await scoreBlock(rows);
  return totals;
}

function asText({ read, stored, refused, named }: Totals): string {
  const lines = [
    `${grouped(read)} rows read, ${grouped(stored)} scored and stored, ${grouped(refused)} refused`,
    ...named.map(({ reason }) => reason),
  ];
  if (refused > named.length) lines.push(`and ${grouped(refused - named.length)} more`);
  return lines.join('\n');
}
