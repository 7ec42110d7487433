import { Command } from 'commander';
import { loadAddon } from '../forest/load.ts';
import { readModel, withGolden } from '../import/load-model.ts';
import type { AnswerShape } from '../model/plan/head.ts';
import type { Model } from '../model/model.ts';
import type { Stage } from '../model/stages.ts';
import { type LiveModel, createLiveModel } from '../live/live-model.ts';
import type { Category, Field, FieldRules } from '../schema/fields.ts';
import { kernelText } from './kernel-text.ts';
import { keyOption } from './key-option.ts';
import { grouped, textTable } from './text-table.ts';

/** Categories that the table names; `--json` has them all. */
const CATEGORIES_SHOWN_MAX = 6;
/** Class labels that the text names. */
const LABELS_SHOWN_MAX = 12;
/** Steps of the head that the text names: those of some estimators stand for those of hundreds. */
const STEPS_SHOWN_MAX = 12;

export function showCommand(): Command {
  return new Command('show')
    .description('Tell what is in a model.')
    .argument('<model>', 'a package, or a model file or folder of a supported library')
    .option('--json', 'print JSON')
    .addOption(keyOption())
    .action(show);
}

async function show(
  path: string,
  options: { readonly json?: true; readonly key?: string },
): Promise<void> {
  const { model: source, foreign, digest } = await readModel(path, { key: options.key });
  const model = foreign ? withGolden(source) : source;
  const live = createLiveModel(model, {
    addon: loadAddon(),
    extraFields: 'ignore',
    trees: 'given',
  });
  try {
    const shown = describe(model, live, foreign ? null : digest);
    const text = options.json ? JSON.stringify(shown, null, 2) : asText(shown, live);
    process.stdout.write(`${text}\n`);
  } finally {
    live.close();
  }
}

type Shown = ReturnType<typeof describe>;

function describe(model: Model, live: LiveModel, digest: string | null) {
  // Stages that only check change nothing that could be shown.
  const stages = model.stages.filter(({ kind }) => kind !== 'require');
  const treeStages = stages.filter(({ kind }) => kind === 'trees');
  const firstTrees = stages.findIndex(({ kind }) => kind === 'trees');
  // Without trees all of it comes before the answer.
  const pipelineEnd = firstTrees < 0 ? stages.length : firstTrees;
  const { trees, innerNodes, leaves, depthMax, bytes } = live.description;
  const { kernel, batchKernel, batchRowsMin, kernelReason, kernelTimings } = live.description;
  return {
    ...model.metadata,
    digest,
    task: live.shape.labels === null ? 'regression' : 'classification',
    outputs: live.shape.outputs,
    classes: live.shape.labels,
    fields: model.fields.map((field, at) => shownField(field, live.schema.rules[at]!)),
    scores: live.shape.scores.map(({ name }) => name),
    features: treeStages.reduce((sum, { inputs }) => sum + inputs.length, 0),
    pipeline: stages
      .slice(0, pipelineEnd)
      .map(({ kind, inputs }) => ({ kind, inputs: inputs.length })),
    trees,
    nodes: innerNodes + leaves,
    leaves,
    depth: depthMax,
    head: stages
      .slice(pipelineEnd)
      .filter(({ kind }) => kind !== 'trees')
      .map(headText),
    goldenRows: model.golden.inputs.length,
    forestBytes: bytes,
    kernel,
    batchKernel,
    batchRowsMin,
    kernelReason,
    kernelTimings,
  };
}

function shownField(field: Field, rules: FieldRules) {
  return {
    ...field,
    missing: rules.missing,
    unknown: rules.unknown,
    categories: rules.categories,
    ...(field.type === 'number' && { takenFrom: rules.numberMin, takenTo: rules.numberMax }),
  };
}

/** The stages behind the trees, in words where there are some. */
function headText(stage: Stage): string {
  if (stage.kind === 'argmax') return `the largest of ${stage.inputs.length}`;
  if (stage.kind === 'scale' && stage.divisors !== null && stage.offsets === null) {
    const divisors = new Set(stage.divisors);
    if (divisors.size === 1) return `divide by ${stage.divisors[0]}`;
  }
  return stage.kind;
}

function asText(shown: Shown, live: LiveModel): string {
  const metrics = Object.entries(shown.metrics).map(([name, value]) => `${name} ${value}`);
  const facts = [
    ['model', `${shown.name} ${shown.version}`],
    ['predicts', `${shown.target} (${taskText(live.shape)})`],
    ['source', `${shown.sourceLibrary} ${shown.sourceVersion}`],
    ['kind', shown.sourceKind],
    ['source digest', shown.sourceDigest],
    ['package digest', shown.digest ?? 'none: this is not a package'],
    ['created', shown.createdAt],
    ['metrics', metrics.length === 0 ? 'none' : metrics.join(', ')],
    ['trees', treesText(shown)],
    ['features', featuresText(shown)],
    ['head', headLine(shown)],
    ['scores', shown.scores.length === 0 ? 'none' : shown.scores.join(', ')],
    ['reply profile', shown.profile ?? 'plain'],
    ['golden rows', `${shown.goldenRows}, answered as stored`],
    ['kernel', kernelText(shown)],
  ] as const;
  const header = ['field', 'type', 'range', 'missing', 'unknown', 'categories'];
  const fields = shown.fields.map((field) => [
    field.name,
    field.integer === true ? 'integer' : field.type,
    rangeText(field),
    field.missing,
    field.categories.length === 0 ? '' : field.unknown,
    categoriesText(field.categories),
  ]);
  return [
    textTable(facts, ['left', 'left']),
    textTable([header, ...fields], ['left', 'left', 'left', 'left', 'left', 'left']),
  ].join('\n\n');
}

function treesText({ trees, nodes, depth }: Shown): string {
  return trees === 0 ? 'none' : `${grouped(trees)} with ${grouped(nodes)} nodes, depth ${depth}`;
}

function featuresText({ trees, features, fields, pipeline }: Shown): string {
  const from = `${grouped(fields.length)} fields`;
  if (trees > 0) return `${grouped(features)} from ${from}`;
  return `${from}, through ${stepsText(pipeline.map(({ kind }) => kind))}`;
}

function headLine({ trees, head }: Shown): string {
  if (head.length > 0) return stepsText(head);
  return trees === 0 ? 'none' : 'the raw scores';
}

function stepsText(steps: readonly string[]): string {
  const shown = steps.slice(0, STEPS_SHOWN_MAX).join(', then ');
  return steps.length <= STEPS_SHOWN_MAX ? shown : `${shown}, ... (${grouped(steps.length)} steps)`;
}

function taskText({ labels, outputs }: AnswerShape): string {
  if (labels === null) return outputs === 1 ? 'regression' : `regression, ${outputs} outputs`;
  const [first] = labels;
  if (labels.length > 1) return `classification, ${labels.length} outputs`;
  return `classification: ${listed(first!, LABELS_SHOWN_MAX)}`;
}

function rangeText({ minimum, maximum }: Field): string {
  if (minimum === undefined) return maximum === undefined ? '' : `at most ${maximum}`;
  return maximum === undefined ? `at least ${minimum}` : `${minimum} to ${maximum}`;
}

function categoriesText(categories: readonly Category[]): string {
  return listed(categories, CATEGORIES_SHOWN_MAX);
}

function listed(values: readonly Category[], shownMax: number): string {
  const shown = values.slice(0, shownMax).join(', ');
  return values.length <= shownMax ? shown : `${shown}, ... (${values.length})`;
}
