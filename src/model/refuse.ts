import { ThicketError } from '../core/errors.ts';

/** A model that cannot be served, in one sentence for whoever brought the file. */
export function refuse(sentence: string, cause?: unknown): never {
  throw new ThicketError('MODEL_REFUSED', sentence, cause === undefined ? {} : { cause });
}

export function refuseUnless(holds: boolean, sentence: string): asserts holds {
  if (!holds) refuse(sentence);
}

/** Whatever the addon's builder refuses is the model's fault, not the caller's. */
export function byAddon<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'FOREST_INVALID') {
      throw error;
    }
    return refuse(`The model's trees cannot be used: ${error.message}`, error);
  }
}
