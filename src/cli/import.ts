import { realpath } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { Command } from 'commander';
import { ThicketError } from '../core/errors.ts';
import { describeForests } from '../forest/describe-forests.ts';
import { loadAddon } from '../forest/load.ts';
import { readModel, withGolden } from '../import/load-model.ts';
import { buildVerifiedForests } from '../model/golden/verified-forests.ts';
import type { LiveModel } from '../live/live-model.ts';
import type { Model } from '../model/model.ts';
import { packageDigest, writePackage } from '../model/package/package.ts';
import { compilePlan } from '../model/plan/plan.ts';
import { type ModelSpec, applySpec, readSpec } from '../model/spec.ts';
import { keyOption } from './key-option.ts';
import { notWritten } from './output-file.ts';
import { type Progress, startProgress } from './progress.ts';
import { fieldsFromSample } from './sample-fields.ts';
import { readSample } from './sample-rows.ts';
import { type TableFlags, addTableFlags, tableOptions } from './table-flags.ts';
import { grouped } from './text-table.ts';

/** How much of an import is done when the model is read, and when it has golden rows. */
const SOURCE_SHARE = 0.6;
const GOLDEN_SHARE = 0.8;

interface ImportCommandOptions extends TableFlags {
  readonly name?: string;
  readonly version?: string;
  readonly target?: string;
  readonly out?: string;
  readonly sample?: string;
  readonly spec?: string;
  readonly key?: string;
  readonly covers?: boolean;
}

/** Refuses a model whose replies have no such shape as its spec says. */
type CheckProfile = (model: Pick<LiveModel, 'metadata' | 'shape'>) => void;

export function importCommand(checkProfile: CheckProfile): Command {
  const command = new Command('import')
    .description('Make a model package of a model file of any supported library.')
    .argument('<model>', 'a model file or folder, or a package to be written anew')
    .option('--name <name>', 'name of the model')
    .option('--version <version>', 'version of the model')
    .option('--target <target>', 'what it predicts')
    .option('--out <file>', 'the package (default: the name of the model file, with .thicket)')
    .option(
      '--sample <file>',
      'CSV of training rows: names and types that the file lacks; the package is proved on them',
    )
    .option(
      '--spec <file>',
      'JSON with what the file cannot say: ranges, metrics, names, reply profile',
    )
    .option(
      '--covers',
      'keep the training weight of every node, which explanations need (8 bytes a node)',
    )
    .addOption(keyOption())
    .action((path: string, options: ImportCommandOptions) =>
      importToPackage(path, options, checkProfile),
    );
  return addTableFlags(command);
}

async function importToPackage(
  path: string,
  options: ImportCommandOptions,
  checkProfile: CheckProfile,
): Promise<void> {
  const progress = startProgress('importing');
  try {
    await importWith(progress, path, options, checkProfile);
  } finally {
    progress.close();
  }
}

async function importWith(
  progress: Progress,
  path: string,
  options: ImportCommandOptions,
  checkProfile: CheckProfile,
): Promise<void> {
  const spec = options.spec === undefined ? {} : await readSpec(options.spec);
  const onProgress = (done: number): void => progress.advance(SOURCE_SHARE * done);
  const { key, covers } = options;
  const { model: source, foreign } = await readModel(path, { key, covers, onProgress });
  progress.advance(SOURCE_SHARE);
  const out = options.out ?? `${basename(path, extname(path))}.thicket`;
  if (foreign && (await isSameFile(path, out))) {
    throw new ThicketError('MODEL_REFUSED', `${out} is the model file itself: name another --out.`);
  }
  const stated = { ...spec, ...statedBy(options) };
  const predicted = stated.target ?? source.metadata.target;
  const sampled = foreign ? await learnFields(source, predicted, options) : source;
  const specified = applySpec(sampled, stated);
  const sample =
    options.sample === undefined
      ? []
      : await readSample(specified, options.sample, tableOptions(options));
  const model = withGolden(specified, sample);
  progress.advance(GOLDEN_SHARE);
  // The kernels must answer as the reference did, so that what is written will load.
  const addon = loadAddon();
  const plan = compilePlan(model);
  checkProfile({ metadata: model.metadata, shape: plan.head.shape });
  const built = buildVerifiedForests(model, plan, addon);
  const all = [...built.forests, ...built.headForests];
  const { trees, innerNodes, leaves } = describeForests(
    all.map(({ handle }) => addon.describeForest(handle)),
  );
  built.close();
  await writePackage(out, model).catch((error: unknown) => {
    throw notWritten(out, error);
  });
  const { name, version, target } = model.metadata;
  progress.close();
  process.stdout.write(
    `${out}: ${name} ${version}, predicts ${target} from ${model.fields.length} fields; ` +
      `${grouped(trees)} trees, ${grouped(innerNodes + leaves)} nodes, ` +
      `${model.golden.inputs.length} golden rows; digest ${await packageDigest(out)}\n`,
  );
}

/** Links followed: a package in its place would be the end of the only copy of a model. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([realpath(one), realpath(other).catch(() => null)]);
  return first === second;
}

/** The command line wins over the spec, and the spec over the file. */
function statedBy({ name, version, target }: ImportCommandOptions): ModelSpec {
  return {
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(target !== undefined && { target }),
  };
}

/** Fills in what a model file does not state of its fields; a package states it already. */
async function learnFields(
  model: Model,
  target: string,
  { sample, ...flags }: ImportCommandOptions,
): Promise<Model> {
  if (sample === undefined) return model;
  const fields = await fieldsFromSample(model.fields, target, sample, tableOptions(flags));
  return { ...model, fields };
}
