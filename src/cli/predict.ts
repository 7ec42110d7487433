import { once } from 'node:events';
import { Command } from 'commander';
import { ThicketError } from '../core/errors.ts';
import { loadAddon } from '../forest/load.ts';
import { loadModel } from '../import/load-model.ts';
import { type LiveModel, createLiveModel } from '../live/live-model.ts';
import { blockRows } from '../model/plan/block-rows.ts';
import { allocateRows } from '../schema/encode.ts';
import { numberSlotsOf } from '../schema/fields.ts';
import { noAnswer } from '../schema/issues.ts';
import { type TableRow, tableRows } from '../table/model-rows.ts';
import { keyOption } from './key-option.ts';
import { notWritten, openOutput } from './output-file.ts';
import { outputColumns, outputLine, quotedCell } from './output-table.ts';
import { startProgress } from './progress.ts';

/** Rows scored in one native call, unless they are very wide: enough to fill every kernel, little enough to stay in cache. */
const BLOCK_ROWS = 4096;
/** Rows without a prediction that stderr names one by one. */
const REPORTED_ROWS_MAX = 20;

interface PredictOptions {
  readonly input: string;
  readonly output?: string;
  readonly raw?: true;
  readonly key?: string;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('Predict every row of a CSV file, in row order.')
    .argument('<model>', 'a package, or a model file or folder of a supported library')
    .requiredOption('--input <file>', 'CSV with the columns of the model; - reads stdin')
    .option('--output <file>', 'where the predictions go, as CSV (default: stdout)')
    .option('--raw', 'add the raw scores')
    .addOption(keyOption())
    .action(predict);
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
    const rows = tableRows(options.input, live.schema, (done) => progress.advance(done));
    const text = predictionText(live, rows, options.raw === true);
    const { predicted, refused } = await writeAll(text, options.output);
    progress.close();
    reportRefused(refused, predicted + refused.count);
  } finally {
    progress.close();
    live.close();
  }
}

interface Refused {
  count: number;
  readonly listed: string[];
}

interface Counts {
  readonly predicted: number;
  readonly refused: Refused;
}

/** The output table in pieces of a block each; returns what became of the rows. */
async function* predictionText(
  live: LiveModel,
  rows: AsyncIterable<TableRow>,
  withRaw: boolean,
): AsyncGenerator<string, Counts> {
  const columns = outputColumns(live.shape, withRaw);
  // An empty line would be no row at all to most readers.
  const emptyLine = columns.length === 1 ? '""' : ','.repeat(columns.length - 1);
  const { slots } = live.schema;
  const rowsMax = blockRows(BLOCK_ROWS, numberSlotsOf(slots), live.rawWidth, live.shape.width);
  const encoded = allocateRows(slots, rowsMax);
  const raw = new Float64Array(rowsMax * live.rawWidth);
  const refused: Refused = { count: 0, listed: [] };
  let predicted = 0;
  /** For each row of the block its line, and its place among the encoded rows or what is wrong with it. */
  let block: { readonly line: number; readonly place: number; readonly problem: string | null }[] =
    [];
  let filled = 0;

  const refuse = (line: number, problem: string): string => {
    refused.count++;
    if (refused.count <= REPORTED_ROWS_MAX) refused.listed.push(`line ${line}: ${problem}`);
    return emptyLine;
  };
  const scoreBlock = (): string => {
    const scores = raw.subarray(0, filled * live.rawWidth);
    if (filled > 0) live.scoreRows(filled, encoded, scores);
    const answers = live.answersOf(filled, encoded, scores);
    const lines = block.map(({ line, place, problem }) => {
      if (problem !== null) return refuse(line, problem);
      const answer = answers[place]!;
      if (answer === null) return refuse(line, noAnswer().msg);
      predicted++;
      const start = place * live.rawWidth;
      return outputLine(answer, withRaw ? scores.subarray(start, start + live.rawWidth) : null);
    });
    filled = 0;
    block = [];
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  };

  // With the first rows: a table that cannot be read leaves nothing behind.
  let header = `${columns.map(quotedCell).join(',')}\n`;
  for await (const { line, values, problem } of rows) {
    try {
      if (problem !== null) throw new ThicketError('ROW_INVALID', problem);
      live.encode(live.validateList(values), filled, encoded);
      block.push({ line, place: filled++, problem: null });
    } catch (error) {
      if (!(error instanceof ThicketError)) throw error;
      block.push({ line, place: -1, problem: error.message });
    }
    if (block.length < rowsMax) continue;
    yield header + scoreBlock();
    header = '';
  }
  yield header + scoreBlock();
  return { predicted, refused };
}

/** Writes as fast as the reader of the output reads, and no faster. */
async function writeAll(text: AsyncGenerator<string, Counts>, path?: string): Promise<Counts> {
  const output = await openOutput(path);
  const { stream } = output;
  const broken = new Promise<never>((_, reject) => {
    stream.once('error', (error) => reject(notWritten(path, error)));
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
  }
}

function reportRefused(refused: Refused, rows: number): void {
  if (refused.count === 0) return;
  for (const line of refused.listed) process.stderr.write(`${line}\n`);
  if (refused.count > refused.listed.length) {
    process.stderr.write(`... and ${refused.count - refused.listed.length} more\n`);
  }
  throw new ThicketError(
    'TABLE_REFUSED',
    `${refused.count} of ${rows} rows have no prediction; their cells are empty.`,
  );
}
