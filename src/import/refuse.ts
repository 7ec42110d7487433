import { ThicketError } from '../core/errors.ts';

/** The only way a foreign file is turned down: one sentence, which gets its full stop here. */
export function refuse(sentence: string): never {
  throw new ThicketError('MODEL_REFUSED', sentence.endsWith('.') ? sentence : `${sentence}.`);
}
