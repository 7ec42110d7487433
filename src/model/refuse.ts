import { ThicketError } from '../core/errors.ts';

/** A model that cannot be served, in one sentence for whoever brought the file. */
export function refuse(sentence: string, cause?: unknown): never {
  throw new ThicketError('MODEL_REFUSED', sentence, cause === undefined ? {} : { cause });
}

export function refuseUnless(holds: boolean, sentence: string): asserts holds {
  if (!holds) refuse(sentence);
}
