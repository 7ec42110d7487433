import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of this package. Compiled files stand one folder deeper than their sources. */
export const PACKAGE_ROOT = findPackageRoot(import.meta.dirname);

function findPackageRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return folder;
}
