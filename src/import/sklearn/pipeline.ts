import { refuse } from '../../model/refuse.ts';
import { Global, PickleObject, type PickleValue, kindOf } from '../python/pickle/values.ts';
import { importBinarizer } from './steps/binarizer.ts';
import { importColumns } from './steps/columns.ts';
import { importDiscretizer } from './steps/discretizer.ts';
import { Estimator } from './read/estimator.ts';
import { importFunction } from './steps/function.ts';
import { importImputer, importMissingIndicator } from './steps/imputer.ts';
import { importNormalizer } from './steps/normalizer.ts';
import { importOneHot } from './steps/one-hot.ts';
import { importOrdinal } from './steps/ordinal.ts';
import { otherImporterOf } from './wrappers/pmml-steps.ts';
import { importPolynomial } from './steps/polynomial.ts';
import { importPower } from './steps/power.ts';
import { importPca, importTruncatedSvd } from './steps/projection.ts';
import { importQuantile } from './steps/quantile.ts';
import { LIBRARY_ADVICE, STEP_ADVICE } from './steps/refused-steps.ts';
import {
  importMaxAbsScaler,
  importMinMaxScaler,
  importRobustScaler,
  importStandardScaler,
} from './steps/scaler.ts';
import { importSelector } from './steps/selectors.ts';
import type { Block } from '../build/predictor.ts';
import type { StepContext, StepImporter } from './read/step.ts';
import { importTargetEncoder } from './steps/target-encoder.ts';
import { importUnion } from './steps/union.ts';

/** Every transformer that is understood. A new one is a file beside this and a line here. */
export const STEPS: Readonly<Record<string, StepImporter>> = {
  Binarizer: importBinarizer,
  ColumnTransformer: importColumns,
  FeatureUnion: importUnion,
  FunctionTransformer: importFunction,
  GenericUnivariateSelect: importSelector,
  IncrementalPCA: importPca,
  KBinsDiscretizer: importDiscretizer,
  MaxAbsScaler: importMaxAbsScaler,
  MinMaxScaler: importMinMaxScaler,
  MissingIndicator: importMissingIndicator,
  Normalizer: importNormalizer,
  OneHotEncoder: importOneHot,
  OrdinalEncoder: importOrdinal,
  PCA: importPca,
  Pipeline: importPipeline,
  PolynomialFeatures: importPolynomial,
  PowerTransformer: importPower,
  QuantileTransformer: importQuantile,
  RFE: importSelector,
  RFECV: importSelector,
  RobustScaler: importRobustScaler,
  SelectFdr: importSelector,
  SelectFpr: importSelector,
  SelectFromModel: importSelector,
  SelectFwe: importSelector,
  SelectKBest: importSelector,
  SelectPercentile: importSelector,
  SequentialFeatureSelector: importSelector,
  SimpleImputer: importImputer,
  StandardScaler: importStandardScaler,
  TargetEncoder: importTargetEncoder,
  TruncatedSVD: importTruncatedSvd,
  VarianceThreshold: importSelector,
};

/** Proxies of proxies: real files have one. */
const PROXIES_MAX = 8;

/** Steps in all: people have tens. Parts that others share would otherwise multiply. */
export const STEPS_MAX = 10_000;

export function importerOf(step: Estimator): StepImporter {
  const { type } = step.object;
  if (isLibrary(type, 'sklearn') && Object.hasOwn(STEPS, type.name)) return STEPS[type.name]!;
  const other = otherImporterOf(type);
  if (other !== null) return other;
  const advice = Object.hasOwn(STEP_ADVICE, type.name)
    ? STEP_ADVICE[type.name]!
    : `the steps that are understood are ${Object.keys(STEPS).join(', ')}${libraryAdvice(type)}`;
  refuse(`${step.place} is a ${type.path}, which is not understood: ${advice}`);
}

function libraryAdvice({ module }: Global): string {
  const [library = ''] = module.split('.', 1);
  return Object.hasOwn(LIBRARY_ADVICE, library) ? `; ${LIBRARY_ADVICE[library]!}` : '';
}

export function isLibrary({ module }: Global, library: string): boolean {
  return module === library || module.startsWith(`${library}.`);
}

function importPipeline(pipeline: Estimator, input: Block, context: StepContext): Block {
  const inside = { value: pipeline.object, place: pipeline.place };
  return importSteps(flatSteps(inside), input, context);
}

/** One step of a pipeline with its place in the file. */
export interface PipelineStep {
  readonly value: PickleValue;
  readonly place: string;
}

export function importSteps(
  steps: readonly PipelineStep[],
  input: Block,
  context: StepContext,
): Block {
  return steps.reduce((block, { value, place }) => context.step(value, place, block), input);
}

/** The steps of a pipeline: those of inner pipelines stand in their place, steps that do nothing are left out. */
export function flatSteps(outer: PipelineStep): PipelineStep[] {
  const flat: PipelineStep[] = [];
  const waiting = [outer];
  for (let seen = 0; waiting.length > 0; seen++) {
    const { value, place } = behindProxies(waiting.pop()!);
    if (!isPipeline(value)) {
      flat.push({ value, place });
      continue;
    }
    const steps = stepsOf(new Estimator(value, place)).filter((step) => !isPassthrough(step.value));
    if (seen + waiting.length + steps.length > STEPS_MAX) {
      refuse(`The pipeline has more than ${STEPS_MAX} steps, or contains itself`);
    }
    waiting.push(...steps.toReversed());
  }
  return flat;
}

/** EstimatorProxy of sklearn2pmml hands everything to its estimator. */
function behindProxies(step: PipelineStep): PipelineStep {
  let { value, place } = step;
  for (let depth = 0; depth < PROXIES_MAX; depth++) {
    if (!(value instanceof PickleObject) || !isLibrary(value.type, 'sklearn2pmml')) break;
    if (value.type.name !== 'EstimatorProxy') break;
    value = new Estimator(value, place).get('estimator');
    place = `${place}.estimator`;
  }
  return { value, place };
}

function isPipeline(value: PickleValue): boolean {
  if (!(value instanceof PickleObject)) return false;
  const { type } = value;
  return (
    (isLibrary(type, 'sklearn') && type.name === 'Pipeline') ||
    (isLibrary(type, 'sklearn2pmml') && type.name === 'PMMLPipeline')
  );
}

function isPassthrough(value: PickleValue): boolean {
  return value === null || value === 'passthrough';
}

function stepsOf(pipeline: Estimator): PipelineStep[] {
  if (pipeline.has('transform_input')) {
    pipeline.refuse('hands inputs around its steps (transform_input), which is not understood');
  }
  return pipeline.list('steps').map((entry, at) => {
    const value = Array.isArray(entry) ? entry[1] : undefined;
    if (value === undefined) pipeline.refuse(`has ${kindOf(entry)} for a step`);
    return { value, place: `${pipeline.place}.steps[${at}]` };
  });
}

/** The classes of a model, for people: `Pipeline(ColumnTransformer, RandomForestRegressor)`. */
export function describeKind(model: PickleObject): string {
  const { name } = model.type;
  if (!isPipeline(model)) return name;
  const classes = stepsOf(new Estimator(model, name)).map(({ value }) =>
    value instanceof PickleObject ? value.type.name : 'passthrough',
  );
  return `${name}(${classes.join(', ')})`;
}
