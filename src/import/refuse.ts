import { ThicketError } from '../core/errors.ts';

/** The only way a foreign file is turned down: one sentence, one code. */
export function refuse(sentence: string): never {
  throw new ThicketError('MODEL_REFUSED', sentence);
}
