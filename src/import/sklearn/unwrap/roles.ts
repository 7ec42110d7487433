import {
  Global,
  PickleObject,
  type PickleValue,
  isCarriedFunction,
} from '../../python/pickle/values.ts';
import { PREDICTORS } from '../predictors.ts';
import {
  type Found,
  WRAP_DEPTH_MAX,
  attributesOf,
  inside,
  isContainer,
  namedMembers,
} from './members.ts';

/** Pipelines inside of pipelines, on the way to the last step. */
const PIPELINES_MAX = 32;

/**
 * Names of classes that predict, understood or not; nearly everything else of scikit-learn
 * prepares or measures.
 */
const PREDICTOR =
  /(?:Classifier|Regressor|Regression|Forest|Ridge|Lasso|ElasticNet|Perceptron|SVC|SVR|NB|Lars|Pursuit|Chain|Booster|SearchCV)(?:CV|IC)?$/;
const PIPELINE = /Pipeline$/;
/** Attributes that `fit` sets end so. */
const FITTED = /^[^_].*[^_]_$/;

/** Encoders of answers: no Pipeline runs them. */
const LABEL_ENCODER = /^(?:LabelEncoder|LabelBinarizer|MultiLabelBinarizer)$/;

/** Libraries whose objects lie beside a model and do nothing to its rows: data, reports, explanations. */
const BYSTANDERS: ReadonlySet<string> = new Set([
  'builtins',
  'collections',
  'copyreg',
  'datetime',
  'decimal',
  'fractions',
  'lime',
  'matplotlib',
  'mlflow',
  'numpy',
  'optuna',
  'pandas',
  'pathlib',
  'plotly',
  'pytz',
  'scipy',
  'shap',
  'uuid',
  'zoneinfo',
]);

export function libraryOf({ module }: Global): string {
  return module.split('.', 1)[0]!;
}

/** The last step of a pipeline, also of pipelines in pipelines; anything else is its own. */
function lastStep(value: PickleValue): PickleObject | null {
  let last: PickleValue = value;
  for (let depth = 0; depth < PIPELINES_MAX; depth++) {
    if (!(last instanceof PickleObject)) return null;
    if (!PIPELINE.test(last.type.name)) return last;
    const steps: PickleValue = attributesOf(last)?.get('steps') ?? null;
    const step: PickleValue | undefined = Array.isArray(steps) ? steps.at(-1) : undefined;
    last = Array.isArray(step) ? (step[1] ?? null) : null;
  }
  return null;
}

/** True for an object that predicts: by its class's name, or by that of a pipeline's last step. */
export function isModel(value: PickleValue): boolean {
  const last = lastStep(value);
  if (last === null || attributesOf(last) === null) return false;
  const { name } = last.type;
  return Object.hasOwn(PREDICTORS, name) || PREDICTOR.test(name);
}

/** True for a model that was trained: a template that others were copied from answers nothing. */
export function isFittedModel(value: PickleValue): boolean {
  if (!isModel(value)) return false;
  const last = lastStep(value)!;
  const attributes = attributesOf(last)!;
  // Other libraries keep what they learned in attributes of their own.
  if (libraryOf(last.type) !== 'sklearn') return true;
  if (last.type.name === 'FrozenEstimator') return true;
  return Array.from(attributes).some(
    ([name, attribute]) => typeof name === 'string' && FITTED.test(name) && attribute !== null,
  );
}

/** Transformers, and objects of the author's own: they may prepare the rows of a model beside them. */
export function isStep(value: PickleValue): boolean {
  if (value instanceof Global) return value.module === '__main__';
  if (!(value instanceof PickleObject) || isModel(value)) return false;
  if (isCarriedFunction(value)) return true;
  const library = libraryOf(value.type);
  if (library === 'sklearn') return attributesOf(value) !== null;
  return !BYSTANDERS.has(library);
}

export function isLabelEncoder(value: PickleValue): boolean {
  return value instanceof PickleObject && LABEL_ENCODER.test(value.type.name);
}

/** The trained models and the steps in a dictionary or list. */
export interface Roles {
  readonly models: readonly Found[];
  readonly steps: readonly Found[];
}

/**
 * Every collection is looked through once, however often it is named, and only those on the way are open:
 * no more time or memory than the file's. Templates count where nothing was trained.
 */
export function rolesIn(outer: Found): Roles {
  const fitted: Found[] = [];
  const untrained: Found[] = [];
  const steps: Found[] = [];
  const listFor = (value: PickleValue): Found[] | null => {
    if (isFittedModel(value)) return fitted;
    if (isModel(value)) return untrained;
    return isStep(value) ? steps : null;
  };
  const seen = new Set<PickleValue>([outer.value]);
  const open = [{ found: outer, members: namedMembers(outer.value) }];
  while (open.length > 0) {
    const { found, members } = open.at(-1)!;
    const next = members.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    const { value } = next.value;
    const isInner = isContainer(value) && open.length < WRAP_DEPTH_MAX;
    const into = listFor(value);
    if ((into === null && !isInner) || seen.has(value)) continue;
    seen.add(value);
    const member = inside(found, next.value);
    if (into === null) open.push({ found: member, members: namedMembers(value) });
    else into.push(member);
  }
  return { models: fitted.length > 0 ? fitted : untrained, steps };
}
