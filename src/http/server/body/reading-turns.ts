import { ThicketError } from '../../../core/errors.ts';
import { readJsonInSteps } from '../json/read-json.ts';
import type { Steps } from '../json/scanner.ts';
import type { Shape } from '../json/shape.ts';

/** Steps of one turn of the event loop: under a millisecond. */
const STEPS_OF_TURN = 4;

interface Reading {
  readonly steps: Steps<unknown>;
  readonly isAwaited: () => boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads large bodies one after the other, a few steps in each turn of the event loop. Small requests are answered
 * in between, however many large bodies have arrived.
 */
export class ReadingTurns {
  #waiting: Reading[] = [];

  /** Reads a JSON body, once. @param isAwaited False once nobody waits for the answer. */
  readerOf(body: Buffer, isAwaited: () => boolean): (shape: Shape) => Promise<unknown> {
    return (shape) =>
      new Promise((resolve, reject) => {
        const steps = readJsonInSteps(body, shape);
        if (this.#waiting.push({ steps, isAwaited, resolve, reject }) === 1) this.#schedule();
      });
  }

  #schedule(): void {
    setImmediate(() => {
      for (let step = 0; step < STEPS_OF_TURN && this.#waiting.length > 0; step++) {
        if (isAtItsEnd(this.#waiting[0]!)) this.#waiting.shift();
      }
      // Behind what this turn has scheduled: a row that was read is scored first.
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}

/** Takes one step. */
function isAtItsEnd({ steps, isAwaited, resolve, reject }: Reading): boolean {
  try {
    if (!isAwaited()) {
      throw new ThicketError('CLIENT_GONE', 'the client did not wait for its answer');
    }
    const { done, value } = steps.next();
    if (done === true) resolve(value);
    return done === true;
  } catch (error) {
    reject(error);
    return true;
  }
}
