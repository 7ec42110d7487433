import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { ThicketError } from '../core/errors.ts';
import { PACKAGE_ROOT } from '../core/package-root.ts';
import type { Addon } from './addon.ts';

const ADDON_FILE = 'build/Release/thicket.node';

let loaded: Addon | undefined;

/**
 * The native addon, loaded once. Call it on the main thread before the first worker thread starts.
 * @throws {ThicketError} SETUP_MISSING when it is not built, or not for this machine.
 */
export function loadAddon(): Addon {
  loaded ??= requireAddon(join(PACKAGE_ROOT, ADDON_FILE));
  return loaded;
}

function requireAddon(file: string): Addon {
  if (!existsSync(file)) {
    throw new ThicketError(
      'SETUP_MISSING',
      `the native addon ${ADDON_FILE} is missing: run "npm run build" to build it`,
    );
  }
  try {
    return createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    throw new ThicketError(
      'SETUP_MISSING',
      `the native addon ${ADDON_FILE} does not load here: run "npm run build" to build it anew`,
      { cause },
    );
  }
}
