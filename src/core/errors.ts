/**
 * Every way a request or a command can fail for a reason that is not a bug. Callers and tests match
 * the code, never the words. `status` is what HTTP answers; `retry` says whether the same call may
 * succeed later without being changed.
 */
const CODES = {
  BODY_MALFORMED: { status: 400, retry: false },
  /** A path, a query or a header that cannot be read. */
  REQUEST_MALFORMED: { status: 400, retry: false },
  IDEMPOTENCY_KEY_UNSUPPORTED: { status: 400, retry: false },
  BATCH_EMPTY: { status: 400, retry: false },
  ROUTE_UNKNOWN: { status: 404, retry: false },
  MODEL_UNKNOWN: { status: 404, retry: false },
  ROW_UNKNOWN: { status: 404, retry: false },
  JOB_UNKNOWN: { status: 404, retry: false },
  METHOD_NOT_ALLOWED: { status: 405, retry: false },
  /** A body that its client sends too slowly. */
  BODY_LATE: { status: 408, retry: true },
  BODY_TOO_LARGE: { status: 413, retry: false },
  BATCH_TOO_LARGE: { status: 413, retry: false },
  CONTENT_TYPE_UNSUPPORTED: { status: 415, retry: false },
  /** A key is good for one request. */
  IDEMPOTENCY_KEY_REUSED: { status: 422, retry: false },
  ROW_INVALID: { status: 422, retry: false },
  /** Only logs show it: the client did not wait for its answer, and nothing was stored. */
  CLIENT_GONE: { status: 499, retry: true },
  QUEUE_FULL: { status: 429, retry: true },
  HEAD_TOO_LARGE: { status: 431, retry: false },
  INTERNAL: { status: 500, retry: false },
  /** A method or a transfer encoding that this server does not have. */
  NOT_IMPLEMENTED: { status: 501, retry: false },
  MODEL_UNAVAILABLE: { status: 503, retry: true },
  STORE_UNAVAILABLE: { status: 503, retry: true },
  /** The instance has not started yet, or is on its way out. */
  NOT_READY: { status: 503, retry: true },
  VERSION_UNSUPPORTED: { status: 505, retry: false },
  /** A model file that is damaged, hostile, or of a kind that is not understood. */
  MODEL_REFUSED: { status: 422, retry: false },
  /** A table file (CSV) that cannot be read as what it should be. */
  TABLE_REFUSED: { status: 422, retry: false },
  /** A dataset file that cannot be read, or does not fit the tables that are there. */
  DATASET_REFUSED: { status: 422, retry: false },
  RUN_UNKNOWN: { status: 404, retry: false },
  /** A run of `score` that cannot be gone on with: it was replaced, or is of another model. */
  RUN_REFUSED: { status: 409, retry: false },
  /** Settings that stop the start. */
  CONFIG_INVALID: { status: 500, retry: false },
  /** A tool or a library that the machine lacks. */
  SETUP_MISSING: { status: 500, retry: false },
} as const;

export type ErrorCode = keyof typeof CODES;

/** One thing that is wrong with one field, in the shape that existing clients know. */
export interface Issue {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input?: unknown;
}

/** Bad input or an absent neighbour: carries a code, one clear sentence, and for rows the issues. */
export class ThicketError extends Error {
  override readonly name = 'ThicketError';
  readonly code: ErrorCode;
  readonly issues: readonly Issue[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { issues?: readonly Issue[]; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.issues = options.issues ?? [];
  }

  get status(): number {
    return CODES[this.code].status;
  }

  get retry(): boolean {
    return CODES[this.code].retry;
  }
}

/** For bugs only: a broken invariant stops the work loudly; it never becomes an answer. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`invariant: ${what}`);
}
