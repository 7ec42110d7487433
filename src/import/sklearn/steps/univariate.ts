import type { Estimator } from '../read/estimator.ts';
import { numberOf, wordOf } from '../read/parameters.ts';
import type { StepContext } from '../read/step.ts';

/** For each column, whether it is kept. */
export type Support = readonly boolean[];

/** Which of so many columns a selector keeps. */
export type SupportOf = (step: Estimator, columns: number, context: StepContext) => Support;

/** Keeps the best columns by a score of each (sklearn/feature_selection/_univariate_selection.py). */
type Rule = (step: Estimator, columns: number, parameter: string) => Support;

const RULES = { k_best: best, percentile, fpr, fdr, fwe } as const satisfies Record<string, Rule>;

/** The selectors that are one of the rules, with its parameter under their own name. */
export const SCORE_SUPPORTS: Readonly<Record<string, SupportOf>> = {
  SelectFdr: (step, columns) => fdr(step, columns, 'alpha'),
  SelectFpr: (step, columns) => fpr(step, columns, 'alpha'),
  SelectFwe: (step, columns) => fwe(step, columns, 'alpha'),
  SelectKBest: (step, columns) => best(step, columns, 'k'),
  SelectPercentile: (step, columns) => percentile(step, columns, 'percentile'),
};

/** GenericUnivariateSelect names its rule. */
export function supportBy(step: Estimator, columns: number): Support {
  const mode = wordOf(step, 'mode', Object.keys(RULES) as (keyof typeof RULES)[]);
  return RULES[mode](step, columns, 'param');
}

/** A stable sort keeps, among equals, the later columns. */
function best(step: Estimator, columns: number, parameter: string): Support {
  const scores = scoresOf(step, columns);
  if (step.get(parameter) === 'all') return scores.map(() => true);
  const count = numberOf(step, parameter);
  const order = scores.map((_, at) => at).toSorted((a, b) => scores[a]! - scores[b]!);
  const kept = new Set(count === 0 ? [] : order.slice(-count));
  return scores.map((_, at) => kept.has(at));
}

/** Columns above the percentile, and as many of those on it, from the first, as there is room for. */
function percentile(step: Estimator, columns: number, parameter: string): Support {
  const scores = scoresOf(step, columns);
  const percent = numberOf(step, parameter);
  if (percent === 100 || percent === 0) return scores.map(() => percent === 100);
  const threshold = quantileOf(scores, (100 - percent) / 100);
  const above = scores.filter((score) => score > threshold).length;
  let room = Math.trunc((scores.length * percent) / 100) - above;
  return scores.map((score) => score > threshold || (score === threshold && room-- > 0));
}

function fpr(step: Estimator, columns: number, parameter: string): Support {
  const alpha = numberOf(step, parameter);
  return probabilitiesOf(step, columns).map((p) => p < alpha);
}

function fwe(step: Estimator, columns: number, parameter: string): Support {
  const probabilities = probabilitiesOf(step, columns);
  const alpha = numberOf(step, parameter) / probabilities.length;
  return probabilities.map((p) => p < alpha);
}

function fdr(step: Estimator, columns: number, parameter: string): Support {
  const probabilities = probabilitiesOf(step, columns);
  const { length } = probabilities;
  const alpha = numberOf(step, parameter);
  const sorted = Float64Array.from(probabilities).toSorted();
  const passed = sorted.filter((p, at) => p <= (alpha / length) * (at + 1));
  const largest = passed.at(-1);
  return probabilities.map((p) => largest !== undefined && p <= largest);
}

/** A score that is not a number counts as the least there is. */
function scoresOf(step: Estimator, columns: number): number[] {
  const scores = step.numbers('scores_', columns);
  return Array.from(scores, (score) => (Number.isNaN(score) ? -Number.MAX_VALUE : score));
}

function probabilitiesOf(step: Estimator, columns: number): number[] {
  if (!step.has('pvalues_')) step.refuse('has no pvalues_ to select by');
  return Array.from(step.numbers('pvalues_', columns));
}

/** numpy's `percentile`: on the line between the two scores around the place. */
function quantileOf(scores: readonly number[], share: number): number {
  const sorted = Float64Array.from(scores).toSorted();
  const place = (sorted.length - 1) * share;
  const low = Math.floor(place);
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  const part = place - low;
  return part >= 0.5 ? b - (b - a) * (1 - part) : a + (b - a) * part;
}
