import type { Estimator } from '../read/estimator.ts';
import { type Version, isAtLeast } from '../read/version.ts';

/** Criteria whose trees could place missing values before 1.9. */
const CRITERIA: ReadonlySet<unknown> = new Set([
  'gini',
  'log_loss',
  'entropy',
  'squared_error',
  'friedman_mse',
  'poisson',
]);

/**
 * True where the version that wrote the file sends missing values down the trees; else it raises. `tree` is the
 * (first) decision tree itself; forests learned it a version later than single trees.
 */
export function takesMissing(
  tree: Estimator,
  version: Version,
  isForest: boolean,
  sparse: boolean,
): boolean {
  if (sparse || !isAtLeast(version, 1, isForest ? 4 : 3)) return false;
  const splitter = tree.get('splitter');
  const isExtra = tree.className.startsWith('Extra');
  if (isAtLeast(version, 1, 9)) return !isExtra || splitter === 'random';
  if (!CRITERIA.has(tree.get('criterion'))) return false;
  if (isAtLeast(version, 1, 4) && tree.has('monotonic_cst')) return false;
  if (!isAtLeast(version, 1, 6)) return splitter === 'best';
  return isExtra ? splitter === 'random' : splitter === 'best' || splitter === 'random';
}
