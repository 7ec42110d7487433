import type { ThicketError } from '../../core/errors.ts';
import type { Log } from '../../ops/log.ts';

/** Lines a second: enough to find the request of a complaint, and no flood by a client that errs in a loop. */
const LINES_PER_SECOND = 100;

/** A refused request as the log names it. */
export interface RefusedRequest {
  readonly requestId: string;
  readonly method: string;
  readonly route: string;
}

/** Writes why a request was refused under the id that its client was told, a bounded number a second. */
export class RefusalLog {
  readonly #log: Pick<Log, 'info' | 'warn'>;
  #secondStartedMs = -Infinity;
  #lines = 0;
  #leftOut = 0;

  constructor(log: Pick<Log, 'info' | 'warn'>) {
    this.#log = log;
  }

  add(request: RefusedRequest, error: ThicketError): void {
    if (!this.#takesAnother()) {
      this.#leftOut++;
      return;
    }
    const { status, code, message: reason, cause } = error;
    const { requestId, method, route } = request;
    const line = {
      requestId,
      method,
      route,
      status,
      code,
      reason,
      ...(cause !== undefined && { err: cause }),
    };
    if (status < 500) this.#log.info(line, 'a request was refused');
    else this.#log.warn(line, 'a request was refused');
  }

  #takesAnother(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#secondStartedMs >= 1_000) {
      this.#secondStartedMs = nowMs;
      this.#lines = 0;
      if (this.#leftOut > 0) {
        this.#log.warn({ requests: this.#leftOut }, 'more requests were refused without a line');
      }
      this.#leftOut = 0;
    }
    return ++this.#lines <= LINES_PER_SECOND;
  }
}
