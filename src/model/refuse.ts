import { ThicketError } from '../core/errors.ts';

/** A model that cannot be served, in one sentence for the user who brought the file. */
export function refuse(sentence: string, cause?: unknown): never {
  throw new ThicketError('MODEL_REFUSED', sentence, cause === undefined ? {} : { cause });
}

export function refuseUnless(holds: boolean, sentence: string): asserts holds {
  if (!holds) refuse(sentence);
}

/** Turns a refusal of the addon's builder into one of the model: the caller made no mistake. */
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
