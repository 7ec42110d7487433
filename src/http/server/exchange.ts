import { randomUUID } from 'node:crypto';

import type { Door, Waiting } from './door.ts';
import type { Reply } from './reply.ts';
import { statusLineOf } from './status-lines.ts';
import type { HttpResponse } from './uws.ts';

/** State of the server that all exchanges share. */
export interface ExchangeHost {
  /** True from the start of draining: replies end their connections. */
  readonly closing: boolean;
  readonly door: Door;
  onReplied(route: string, model: string | null, status: number, seconds: number): void;
  /** A reply has to wait for its client to read; what follows is its end, of either kind. */
  onSending(): void;
  onSent(): void;
}

/** The size of the server's own buffer; up to here a body leaves with its headers at once. */
const WHOLE_BODY_BYTES_MAX = 16 * 1024;

/** How long a client may read nothing of a body that is on its way. */
const SLOW_READER_MS_MAX = 10_000;

/** How long a connection is left alone that sends requests behind a body on its way. */
const PAUSE_MS = 20;

/** The rest of a late body is not waited for: its connection ends with the reply. */
const TIMEOUT = 408;

/** Guards a response, which must not be used after its end or its abort. */
export class Exchange implements Waiting {
  readonly requestId: string;
  readonly method: string;
  /** The path of the route as the routes write it. */
  readonly route: string;
  /** By `performance.now()`. */
  readonly startedMs = performance.now();
  /** The live model that the route asked, for the metrics. */
  model: string | null = null;
  readonly #res: HttpResponse;
  readonly #host: ExchangeHost;
  readonly #connection: number;
  #open = true;
  #paused = false;
  /** Cuts a client that reads nothing of a body on its way; null when there is none. */
  #sending: NodeJS.Timeout | null = null;

  constructor(
    res: HttpResponse,
    host: ExchangeHost,
    request: { method: string; route: string; requestId: string },
  ) {
    this.#res = res;
    this.#host = host;
    this.#connection = host.door.current;
    this.method = request.method;
    this.route = request.route;
    this.requestId = request.requestId;
  }

  abort(): void {
    this.#open = false;
    this.#host.door.release(this.#connection, this);
  }

  /** The reply will come later, and the next request waits for it. */
  hold(): void {
    if (this.#open) this.#host.door.hold(this.#connection, this);
  }

  pause(): void {
    this.#paused = true;
    this.#res.pause();
    // A paused connection does not say either that it takes more: a body on its way asks again.
    if (this.#sending !== null) setTimeout(() => this.#resume(), PAUSE_MS);
  }

  /** True from the reply, or from the moment when nobody waits for it any more. */
  get ended(): boolean {
    return !this.#open;
  }

  send(reply: Reply): void {
    if (!this.#open) return;
    this.#open = false;
    const seconds = (performance.now() - this.startedMs) / 1_000;
    this.#host.door.release(this.#connection, this);
    this.#res.cork(() => this.#write(reply, seconds));
    this.#host.onReplied(this.route, this.model, reply.status, seconds);
  }

  #write(reply: Reply, seconds: number): void {
    const res = this.#res;
    this.#resume();
    res
      .writeStatus(statusLineOf(reply.status))
      .writeHeader('Content-Type', reply.type)
      .writeHeader('X-Request-ID', this.requestId)
      .writeHeader('X-Process-Time', seconds.toFixed(6));
    if (reply.headers !== undefined) {
      for (const [name, value] of reply.headers) res.writeHeader(name, value);
    }
    if (this.method === 'HEAD') this.#endWithoutBody(reply);
    else if (reply.body.length <= WHOLE_BODY_BYTES_MAX) {
      res.end(reply.body, this.#host.closing || reply.status === TIMEOUT);
    } else this.#endInPieces(reply.body);
  }

  /**
   * A large body leaves as fast as its client reads, and is owed until then: a server that closes in
   * between would cut it.
   */
  #endInPieces(whole: string | Uint8Array): void {
    const body = typeof whole === 'string' ? Buffer.from(whole) : whole;
    const res = this.#res;
    if (this.#host.closing) res.writeHeader('Connection', 'close');
    const start = res.getWriteOffset();
    const [, sent] = res.tryEnd(body, body.length);
    if (sent) return;
    this.#beginSending();
    res.onAborted(() => this.#endSending());
    res.onWritable((offset) => {
      this.#sending?.refresh();
      this.#resume();
      const [taken, ended] = res.tryEnd(body.subarray(offset - start), body.length);
      if (ended) this.#endSending();
      return taken;
    });
  }

  /** The next request waits until the whole body has left. */
  #beginSending(): void {
    this.#host.onSending();
    this.#host.door.hold(this.#connection, this);
    // A paused connection has no time-out of its own.
    this.#sending = setTimeout(() => this.#res.close(), SLOW_READER_MS_MAX);
  }

  #endSending(): void {
    if (this.#sending !== null) clearTimeout(this.#sending);
    this.#sending = null;
    this.#paused = false;
    this.#host.door.release(this.#connection, this);
    this.#host.onSent();
  }

  /** Before the reply ends: then this is no response any more. */
  #resume(): void {
    if (this.#paused) this.#res.resume();
    this.#paused = false;
  }

  /** The server's own ways to tell a length or to close leave a response without a body unfinished. */
  #endWithoutBody(reply: Reply): void {
    this.#res.writeHeader('Content-Length', String(Buffer.byteLength(reply.body)));
    if (this.#host.closing) this.#res.writeHeader('Connection', 'close');
    this.#res.endWithoutBody();
  }
}

/** Letters, digits and the signs of common id formats; so short that it fits every log line. */
const SANE_REQUEST_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** The caller's id where it is sane, so that both sides' logs can be joined; else one of our own. */
export function requestIdOf(header: string): string {
  return SANE_REQUEST_ID.test(header) ? header : randomUUID();
}
