import type { Estimator } from './estimator.ts';

/** A version of scikit-learn as two numbers; patches only mattered once, before 1.2. */
export interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

export function parseVersion(estimator: Estimator): Version {
  const text = estimator.get('_sklearn_version');
  const match = typeof text === 'string' ? /^(\d{1,4})\.(\d{1,4})/.exec(text) : null;
  if (match === null) {
    estimator.refuse(
      'does not say which version of scikit-learn wrote it, so its numbers are not sure',
    );
  }
  return { text: match.input, major: Number(match[1]), minor: Number(match[2]) };
}

export function isAtLeast(version: Version, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
