import { once } from 'node:events';
import { Command } from 'commander';
import { ThicketError } from '../core/errors.ts';
import type { ValidRow } from '../core/rows.ts';
import { loadAddon } from '../forest/load.ts';
import { loadModel } from '../import/load-model.ts';
import { type LiveModel, createLiveModel } from '../live/live-model.ts';
import { noAnswer } from '../schema/issues.ts';
import { tableRows } from '../table/model-rows.ts';
import { type TableRow, rejectionText } from '../table/rows.ts';
import { keyOption } from './key-option.ts';
import { notWritten, openOutput } from './output-file.ts';
import { outputColumns, outputLine, quotedCell } from '../live/answer-table.ts';
import { startProgress } from './progress.ts';
import { type TableFlags, addTableFlags, tableOptions, writeNote } from './table-flags.ts';

/** Rows without a prediction that stderr names one by one. */
const REPORTED_ROWS_MAX = 20;

interface PredictOptions extends TableFlags {
  readonly input: string;
  readonly output?: string;
  readonly raw?: true;
  readonly key?: string;
}

export function predictCommand(): Command {
  const command = new Command('predict')
    .description('Predict every row of a CSV file, in row order.')
    .argument('<model>', 'a package, or a model file or folder of a supported library')
    .requiredOption('--input <file>', 'CSV with the columns of the model; - reads stdin')
    .option('--output <file>', 'where the predictions go, as CSV (default: stdout)')
    .option('--raw', 'add the raw scores')
    .addOption(keyOption())
    .action(predict);
  return addTableFlags(command);
}

async function predict(path: string, options: PredictOptions): Promise<void> {
  const model = await loadModel(path, { key: options.key });
  const live = createLiveModel(model, {
    addon: loadAddon(),
    extraFields: 'ignore',
    trees: 'given',
  });
  const progress = startProgress('predicting');
  try {
    const rows = tableRows(options.input, live.schema, tableOptions(options), {
      onProgress: (done) => progress.advance(done),
      onNote: writeNote,
    });
    const text = predictionText(live, rows, options.raw === true);
    const counts = await writeAll(text, options.output);
    progress.close();
    reportRefused(counts);
  } finally {
    progress.close();
    live.close();
  }
}

/** Counts of the table's rows by result. */
interface Counts {
  predicted: number;
  refused: number;
  /** Why, for the first of them. */
  readonly listed: string[];
}

/** Rows of the table that are answered in one call. */
interface Block {
  /** Each row's line, and the sentence that says why it has no prediction. */
  readonly read: { readonly line: number; readonly problem: string | null }[];
  /** The rows without a problem, in order. */
  readonly valid: ValidRow[];
}

/** The output table, a block of rows at a time; returns what became of the rows. */
async function* predictionText(
  live: LiveModel,
  rows: AsyncIterable<TableRow>,
  withRaw: boolean,
): AsyncGenerator<string, Counts> {
  const columns = outputColumns(live.shape, withRaw);
  // An empty line would be no row at all to most readers.
  const noCells = columns.length === 1 ? '""' : ','.repeat(columns.length - 1);
  const counts: Counts = { predicted: 0, refused: 0, listed: [] };
  // With the first rows: a table that cannot be read leaves nothing behind.
  let header = `${columns.map(quotedCell).join(',')}\n`;
  for await (const block of blocksOf(live, rows)) {
    const lines = blockLines(live, block, withRaw, counts);
    yield `${header}${lines.map((line) => `${line ?? noCells}\n`).join('')}`;
    header = '';
  }
  return counts;
}

/** One block at least: a table without rows has a header. */
async function* blocksOf(live: LiveModel, rows: AsyncIterable<TableRow>): AsyncGenerator<Block> {
  let block: Block = { read: [], valid: [] };
  for await (const row of rows) {
    block.read.push({ line: row.line, problem: problemOf(live, row, block.valid) });
    if (block.read.length < live.blockRows) continue;
    yield block;
    block = { read: [], valid: [] };
  }
  yield block;
}

/** Adds the row to those that are valid, or says why it is not. */
function problemOf(
  live: LiveModel,
  { line, values, rejection }: TableRow,
  valid: ValidRow[],
): string | null {
  if (rejection !== null) return rejectionText(rejection);
  try {
    valid.push(live.validateList(values));
    return null;
  } catch (error) {
    if (!(error instanceof ThicketError)) throw error;
    return `line ${line}: ${error.message}`;
  }
}

/** A line of the output table for each row of the block; null for one without a prediction. */
function blockLines(
  live: LiveModel,
  { read, valid }: Block,
  withRaw: boolean,
  counts: Counts,
): readonly (string | null)[] {
  const { rawWidth } = live.shape;
  const raw = new Float64Array(valid.length * rawWidth);
  const answers = live.answer(valid, raw);
  let next = 0;
  return read.map(({ line, problem }) => {
    const at = problem === null ? next++ : null;
    const answer = at === null ? null : answers[at]!;
    if (at === null || answer === null) {
      counts.refused++;
      const reason = problem ?? `line ${line}: ${noAnswer().msg}`;
      if (counts.refused <= REPORTED_ROWS_MAX) counts.listed.push(reason);
      return null;
    }
    counts.predicted++;
    return outputLine(answer, withRaw ? raw.subarray(at * rawWidth, (at + 1) * rawWidth) : null);
  });
}

/** Writes as fast as the reader of the output reads, and no faster. */
async function writeAll(text: AsyncGenerator<string, Counts>, path?: string): Promise<Counts> {
  const output = await openOutput(path);
  const { stream } = output;
  const ended = new AbortController();
  // The first to hear of it: the wait for `drain` rejects by itself, and knows no path.
  const broken = new Promise<never>((_, reject) => {
    const fail = (error: Error): void => reject(notWritten(path, error));
    stream.once('error', fail);
    ended.signal.addEventListener('abort', () => stream.off('error', fail), { once: true });
  });
  broken.catch(() => undefined);
  try {
    for (;;) {
      const step = await Promise.race([text.next(), broken]);
      if (step.done === true) {
        await output.finish();
        return step.value;
      }
      if (!stream.write(step.value)) await Promise.race([once(stream, 'drain'), broken]);
    }
  } catch (error) {
    await output.discard();
    throw error;
  } finally {
    ended.abort(); // Stdout lives on, and its listener must not.
  }
}

function reportRefused({ predicted, refused, listed }: Counts): void {
  if (refused === 0) return;
  for (const line of listed) process.stderr.write(`${line}\n`);
  if (refused > listed.length) process.stderr.write(`... and ${refused - listed.length} more\n`);
  throw new ThicketError(
    'TABLE_REFUSED',
    `${refused} of ${predicted + refused} rows have no prediction; their cells are empty.`,
  );
}
