import { ThicketError } from '../../src/core/errors.ts';

/** What a model is refused with; anything but a refusal, an answer too, fails the test. */
export function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ThicketError && error.code === 'MODEL_REFUSED') return error.message;
    throw error;
  }
  throw new Error('it was taken');
}
