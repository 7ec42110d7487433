import { ThicketError } from '../core/errors.ts';

/**
 * The only way a model file is turned down, Thicket's own or another library's: one sentence for the user who
 * brought it, which gets its full stop here.
 */
export function refuse(sentence: string, cause?: unknown): never {
  const whole = sentence.endsWith('.') ? sentence : `${sentence}.`;
  throw new ThicketError('MODEL_REFUSED', whole, cause === undefined ? {} : { cause });
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
