import { ThicketError } from '../../src/core/errors.ts';

/** The sentence that refuses a model; anything but a refusal, an answer too, fails the test. */
export function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ThicketError && error.code === 'MODEL_REFUSED') return error.message;
    throw error;
  }
  throw new Error('it was taken');
}
