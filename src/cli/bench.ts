import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import { CODE_MISSING } from '../core/rows.ts';
import { ThicketError } from '../core/errors.ts';
import type { Addon } from '../forest/addon.ts';
import { loadAddon } from '../forest/load.ts';
import { loadModel } from '../import/load-model.ts';
import { type LiveModel, createLiveModel } from '../live/live-model.ts';
import { syntheticRows } from '../model/golden/golden-inputs.ts';
import type { Model } from '../model/model.ts';
import { type Scorer, answerEncoded } from '../model/plan/answering.ts';
import { type Head, answersOf } from '../model/plan/head.ts';
import { type Plan, compilePlan } from '../model/plan/plan.ts';
import { kernelScorer, referenceScorer, timeForests } from '../model/plan/scorers.ts';
import { type RowBuffers, allocateRows } from '../schema/encode.ts';
import { numberSlotsOf } from '../schema/fields.ts';
import { startProgress } from './progress.ts';
import { kernelText } from './kernel-text.ts';
import { keyOption } from './key-option.ts';
import { grouped, textTable } from './text-table.ts';

const BATCH_ROWS = [1, 64, 4096] as const;
/** Different rows that the batches are cut from, so that no batch finds its row in the cache. */
const ROWS = 4096;
/** Rows compared with the reference first. It needs some 0.3 ms a row for the largest forests. */
const CHECKED_ROWS = 512;
/** Timed rounds at least, and for how long at least: a median of fewer moves with the neighbours. */
const ROUNDS_MIN = 7;
const MEASURE_MS = 500;
/** Rounds thrown away at first, while the compiler and the caches warm up. */
const WARM_UP_ROUNDS = 2;
interface Timing {
  readonly batch: number;
  /** Median over rounds, from JavaScript through the addon, on encoded rows. */
  readonly nsPerRow: number;
  /** The same by the native clock, without the way into the addon. */
  readonly nativeNsPerRow: number;
  /** From raw scores to answers: what follows the first trees, or all of a model that has none. */
  readonly answerNsPerRow: number;
}

export function benchCommand(): Command {
  return new Command('bench')
    .description('Measure what a row costs on this machine.')
    .argument('<model>', 'a package, or a model file or folder of a supported library')
    .option('--json', 'print JSON')
    .addOption(keyOption())
    .action(bench);
}

async function bench(
  path: string,
  options: { readonly json?: true; readonly key?: string },
): Promise<void> {
  const addon = loadAddon();
  const model = await loadModel(path, { key: options.key });
  const plan = compilePlan(model);
  const live = createLiveModel(model, { addon, extraFields: 'ignore' });
  const progress = startProgress('measuring');
  try {
    const encoded = sampleRows(model, plan, live);
    const scorer = kernelScorer(addon, live.shared);
    checkAnswers(plan, encoded, scorer, referenceScorer(addon, plan));
    const timings = BATCH_ROWS.map((batch, at) => {
      progress.advance(at / BATCH_ROWS.length);
      return timeBatch({ addon, live, scorer, head: plan.head }, encoded, batch);
    });
    progress.close();
    const { trees, innerNodes, kernel, batchKernel, batchRowsMin } = live.description;
    const { kernelReason, kernelTimings } = live.description;
    const kernels = { kernel, batchKernel, batchRowsMin, kernelReason, kernelTimings };
    const shown = { model: live.metadata.name, trees, innerNodes, ...kernels, timings };
    process.stdout.write(options.json ? `${JSON.stringify(shown, null, 2)}\n` : asText(shown));
  } finally {
    progress.close();
    live.close();
  }
}

/** Synthetic rows in turn; where the model takes none that we can think of, rows without values. */
function sampleRows(model: Model, plan: Plan, live: LiveModel): RowBuffers {
  const encoded = allocateRows(plan.rows.slots, ROWS);
  encoded.codes.fill(CODE_MISSING);
  const samples = syntheticRows(model, plan, ROWS).map((values) => live.validateList(values));
  for (let at = 0; at < ROWS && samples.length > 0; at++) {
    live.encode(samples[at % samples.length]!, at, encoded);
  }
  return encoded;
}

/** The kernels' raw scores and the answers made of them, beside those of the slow road. */
function checkAnswers(
  { head }: Plan,
  encoded: RowBuffers,
  kernels: Scorer,
  reference: Scorer,
): void {
  const { shape } = head;
  const answersBy = (scorer: Scorer, count: number, raw: Float64Array) =>
    answersOf(shape, answerEncoded(head, scorer, count, encoded, raw), 0, CHECKED_ROWS);
  const expectedRaw = new Float64Array(CHECKED_ROWS * shape.rawWidth);
  const expected = answersBy(reference, CHECKED_ROWS, expectedRaw);
  // All rows at once, so that it is the kernel for large batches that is checked.
  const raw = new Float64Array(ROWS * shape.rawWidth);
  const answers = answersBy(kernels, ROWS, raw);
  expectedRaw.forEach((value, at) => {
    if (Object.is(value, raw[at])) return;
    const [row, score] = [Math.floor(at / shape.rawWidth), raw[at]];
    throw new ThicketError(
      'MODEL_REFUSED',
      `Row ${row} has the raw score ${score}; the reference says ${value}.`,
    );
  });
  expected.forEach((answer, row) => {
    if (isDeepStrictEqual(answers[row], answer)) return;
    throw new ThicketError('MODEL_REFUSED', `Row ${row} is not answered as the reference says.`);
  });
}

/** All that a batch is timed on. */
interface Timed {
  readonly addon: Addon;
  readonly live: LiveModel;
  readonly scorer: Scorer;
  readonly head: Head;
}

function timeBatch(
  { addon, live, scorer, head }: Timed,
  encoded: RowBuffers,
  batch: number,
): Timing {
  const batches = Array.from({ length: ROWS / batch }, (_, at) =>
    cut(live, encoded, at * batch, batch),
  );
  const raw = new Float64Array(batch * live.shape.rawWidth);
  const fromJavaScript = (): number => {
    const start = process.hrtime.bigint();
    for (const rows of batches) scorer.scoreFirst(batch, rows, raw);
    return Number(process.hrtime.bigint() - start);
  };
  // One run of each batch: run again, a row would find its own path in the cache.
  const byNativeClock = (): number =>
    batches.reduce(
      (ns, rows) => ns + timeForests(addon, live.shared.forests, batch, rows, 1)[0]!,
      0,
    );
  const toAnswers = (): number => {
    const start = process.hrtime.bigint();
    for (const rows of batches) {
      answersOf(live.shape, head.run(batch, rows, raw, scorer.scoreInHead), 0, batch);
    }
    return Number(process.hrtime.bigint() - start);
  };
  return {
    batch,
    nsPerRow: medianRound(fromJavaScript) / ROWS,
    nativeNsPerRow: medianRound(byNativeClock) / ROWS,
    answerNsPerRow: medianRound(toAnswers) / ROWS,
  };
}

/** The median of what the rounds say they took. */
function medianRound(round: () => number): number {
  for (let warmUp = 0; warmUp < WARM_UP_ROUNDS; warmUp++) round();
  const rounds: number[] = [];
  const end = performance.now() + MEASURE_MS;
  while (rounds.length < ROUNDS_MIN || performance.now() < end) rounds.push(round());
  return median(rounds);
}

function cut({ schema }: LiveModel, from: RowBuffers, first: number, rows: number): RowBuffers {
  const { slots } = schema;
  const slice = <T extends Float64Array | Int32Array>(array: T, width: number): T =>
    array.subarray(first * width, (first + rows) * width) as T;
  return {
    numbers: slice(from.numbers, numberSlotsOf(slots)),
    codes: slice(from.codes, slots.codes.length),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function asText(shown: {
  readonly model: string;
  readonly trees: number;
  readonly innerNodes: number;
  readonly kernel: string;
  readonly batchKernel: string;
  readonly kernelReason: string;
  readonly timings: readonly Timing[];
}): string {
  const rows = shown.timings.map(({ batch, nsPerRow, nativeNsPerRow, answerNsPerRow }) =>
    [batch, nsPerRow, nativeNsPerRow, answerNsPerRow].map(grouped),
  );
  const header = ['batch', 'ns per row', 'native clock', 'answers'];
  return [
    `${shown.model}: ${grouped(shown.trees)} trees, ${grouped(shown.innerNodes)} inner nodes; answers equal the reference`,
    `kernel ${kernelText(shown)}`,
    textTable([header, ...rows], ['right', 'right', 'right', 'right']),
    '',
  ].join('\n');
}
