import { Command, InvalidArgumentError, Option } from 'commander';

import { listRuns } from '../../score/runs/progress.ts';
import { addDatasetFlags, openDataset } from '../dataset-flags.ts';
import type { ScoredRun } from '../../score/runs/run.ts';
import { parseIds } from '../raw-ids.ts';
import { withStore } from '../store-session.ts';
import { followRows } from './follow-rows.ts';
import type { ScoreOptions } from './options.ts';
import { type OpenScoring, scoreSelected } from './score-selected.ts';
import { requireOutcomes, runsText, totalsText } from './texts.ts';

export function scoreCommand(open: OpenScoring): Command {
  const command = new Command('score')
    .description('Score rows of the raw table with the configured model, and store the outcomes.')
    .addOption(new Option('--ids <list>', 'ids and ranges, such as 1-5000,7').argParser(parseIds))
    .addOption(new Option('--ids-file <file>', 'a file with ids and ranges').conflicts('ids'))
    .addOption(
      new Option('--all', 'every row that no run of --all has scored with this model').conflicts([
        'ids',
        'idsFile',
      ]),
    )
    .option('--again', 'in a new run, also rows that were scored before')
    .addOption(
      new Option('--follow <run>', 'show the progress of a run that goes on elsewhere')
        .argParser(parseRun)
        .conflicts(['ids', 'idsFile', 'all', 'again', 'list']),
    )
    .option('--join', 'with --follow: work on that run, too')
    .addOption(
      new Option('--list', 'list the newest runs').conflicts(['ids', 'idsFile', 'all', 'again']),
    )
    .option('--model <name>', 'one of THICKET_MODELS (default: the first one)')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action((options: ScoreOptions, self: Command) => score(open, options, self));
  return addDatasetFlags(command);
}

const HELP = `
A run has an id, which stderr says. Where a command was killed, or Postgres went away, the same command again
goes on with its run: each row has one outcome of a run. Two commands at the same time share its rows.`;

async function score(open: OpenScoring, options: ScoreOptions, command: Command): Promise<void> {
  requireSelection(options, command);
  if (options.list === true) {
    const runs = await withStore((store) => listRuns(store));
    process.stdout.write(`${options.json === true ? JSON.stringify(runs) : runsText(runs)}\n`);
    return;
  }
  const scored = await scoredRun(open, options);
  const { totals } = scored;
  process.stdout.write(`${options.json === true ? JSON.stringify(totals) : totalsText(totals)}\n`);
  requireOutcomes(scored);
}

async function scoredRun(open: OpenScoring, options: ScoreOptions): Promise<ScoredRun> {
  const { follow, join } = options;
  if (follow !== undefined && join !== true) return withStore((store) => followRows(store, follow));
  const dataset = await openDataset(options);
  return withStore((store, config, log) =>
    scoreSelected(open, { store, config, log, dataset }, options),
  );
}

function requireSelection(options: ScoreOptions, command: Command): void {
  const { ids, idsFile, all, follow, list, join } = options;
  const told = [ids, idsFile, all, follow, list].filter((each) => each !== undefined);
  if (told.length === 0) {
    command.error(
      'error: one of --ids, --ids-file and --all says which rows (or --follow which run, or --list)',
    );
  }
  if (join === true && follow === undefined) command.error('error: --join needs --follow RUN');
}

function parseRun(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}" is no run: --list has their ids.`);
}
