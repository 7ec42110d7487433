import type { Estimator } from './estimator.ts';

/** A version of scikit-learn as numbers. */
export interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  /** 0 where the text has none: a release candidate is like the release. */
  readonly patch: number;
}

export function parseVersion(estimator: Estimator): Version {
  const text = estimator.get('_sklearn_version');
  const match =
    typeof text === 'string' ? /^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?/.exec(text) : null;
  if (match === null) {
    estimator.refuse(
      'does not say which version of scikit-learn wrote it, so its numbers are not sure',
    );
  }
  const [major = 0, minor = 0, patch = 0] = match.slice(1).map((digits) => Number(digits ?? 0));
  return { text: match.input, major, minor, patch };
}

export function isAtLeast(version: Version, major: number, minor: number, patch = 0): boolean {
  if (version.major !== major) return version.major > major;
  return version.minor === minor ? version.patch >= patch : version.minor > minor;
}
