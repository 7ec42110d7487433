import { PickleObject } from '../../python/pickle/values.ts';
import { Estimator } from '../read/estimator.ts';
import { takesMissingToo } from './importances.ts';
import { numberOf } from '../read/parameters.ts';
import { modelSupport } from './select-from-model.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { SCORE_SUPPORTS, type Support, type SupportOf, supportBy } from './univariate.ts';
import { isAtLeast } from '../read/version.ts';

/** For each selector, which of its columns it keeps (sklearn/feature_selection). */
const SUPPORTS: Readonly<Record<string, SupportOf>> = {
  ...SCORE_SUPPORTS,
  GenericUnivariateSelect: supportBy,
  RFE: keptSupport,
  RFECV: keptSupport,
  SelectFromModel: modelSupport,
  SequentialFeatureSelector: keptSupport,
  VarianceThreshold: varianceSupport,
};

/** A selector: some of the columns, as they are. */
export function importSelector(step: Estimator, input: Block, context: StepContext): Block {
  const { length } = input.values;
  const support = SUPPORTS[step.className]!(step, length, context);
  const checks = checksOf(step, context);
  if (checks !== null) context.builder.requirePresent(input.values, checks);
  return { values: input.values.filter((_, at) => support[at]), sparse: input.sparse };
}

/**
 * The check that the source makes of the columns: since 0.22 a selector whose model takes missing values asks
 * nothing, and since 1.3 none does that hands tables on (`set_output`).
 */
function checksOf(step: Estimator, { version }: StepContext): 'reject' | null {
  if (handsTables(step) && isAtLeast(version, 1, 3)) return null;
  if (step.className === 'VarianceThreshold') return isAtLeast(version, 0, 22) ? null : 'reject';
  const inner = step.has('estimator_') ? step.get('estimator_') : step.get('estimator');
  if (!(inner instanceof PickleObject)) return 'reject';
  return takesMissingToo(new Estimator(inner, `${step.place}.estimator`), version)
    ? null
    : 'reject';
}

function handsTables(step: Estimator): boolean {
  const config = step.get('_sklearn_output_config');
  const output = config instanceof Map ? config.get('transform') : null;
  return typeof output === 'string' && output !== 'default';
}

function keptSupport(step: Estimator, columns: number): Support {
  const items = step.items('support_', columns);
  if (!items.every((item) => typeof item === 'boolean')) {
    step.refuse('has a support_ that is no mask');
  }
  return items;
}

function varianceSupport(step: Estimator, columns: number): Support {
  const threshold = numberOf(step, 'threshold');
  const variances = step.numbers('variances_', columns);
  return Array.from(variances, (variance) => variance > threshold);
}
