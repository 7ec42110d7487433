import { fileURLToPath } from 'node:url';

import { ThicketError } from '../core/errors.ts';
import { refuse } from '../model/refuse.ts';

/** `file:` and `models:/`, and no name of a file with a colon in it. */
const ADDRESS = /^(file(?=:)|[a-z][a-z0-9+.-]+(?=:\/)):/i;

/**
 * The path of a model that is named by its path or by a `file:` address; registries are not read yet.
 * @throws {ThicketError} MODEL_UNAVAILABLE for an address that leads elsewhere, MODEL_REFUSED for none.
 */
export function modelPath(place: string | URL): string {
  const text = String(place);
  if (text === '')
    refuse('The path of the model is empty: name a model file, a folder or a package');
  const scheme = ADDRESS.exec(text)?.[1];
  if (scheme === undefined) return text;
  if (scheme.toLowerCase() === 'file') return pathOfFileAddress(text);
  throw new ThicketError(
    'MODEL_UNAVAILABLE',
    `the model is at a ${scheme}: address, and this version reads files and folders only: ` +
      'download it, and name the file',
  );
}

function pathOfFileAddress(address: string): string {
  try {
    return fileURLToPath(address);
  } catch (error) {
    return refuse(
      `${address} is no address of a file on this machine: ${(error as Error).message}`,
      error,
    );
  }
}
