import { ThicketError } from '../core/errors.ts';
import { checkBodyHeaders, readJson } from './server/body.ts';
import { docsRoutes } from './routes/docs-routes.ts';
import { Exchange, type ExchangeHost, requestIdOf } from './server/exchange.ts';
import type { Neighbours } from './server/neighbours.ts';
import { predictRoutes } from './routes/predict-routes.ts';
import { type Reply, errorReply, methodNotAllowedReply } from './server/reply.ts';
import type { Route } from './server/route.ts';
import { stateRoutes } from './routes/state-routes.ts';
import {
  type HttpRequest,
  type HttpResponse,
  type Listener,
  isNative,
  listen,
} from './server/uws.ts';

/** How long `close` waits for replies that are still owed. A commit has a deadline of 5 s. */
export const CLOSE_DEADLINE_MS_MAX = 10_000;

/** The one name in the metrics for every path that is not ours. */
const UNKNOWN_ROUTE = 'unknown';

/** The routes of one path by method. */
type Methods = ReadonlyMap<string, Route>;

/**
 * The HTTP front. Its life has one direction:
 *
 * - NEW       nothing listens.
 * - SERVING   start() took the port. What is not there yet (model, store) is answered with 503.
 * - DRAINING  drain() was called: `/ready` says no and replies end their connections; all is served.
 * - CLOSED    close() was called: no new connections; replies still owed are sent, then all is cut.
 */
type Mode = 'NEW' | 'SERVING' | 'DRAINING' | 'CLOSED';
const MOVES: Readonly<Record<Mode, readonly Mode[]>> = {
  NEW: ['SERVING', 'CLOSED'],
  SERVING: ['DRAINING', 'CLOSED'],
  DRAINING: ['CLOSED'],
  CLOSED: [],
};

export class HttpServer implements ExchangeHost {
  readonly #neighbours: Neighbours;
  readonly #paths: ReadonlyMap<string, Methods>;
  #mode: Mode = 'NEW';
  #listener: Listener | null = null;
  #closing: Promise<void> | null = null;
  /** Replies that are owed: to requests that come in, are worked on, or read their answer slowly. */
  #owed = 0;
  #settled: (() => void) | null = null;

  constructor(neighbours: Neighbours) {
    this.#neighbours = neighbours;
    neighbours.metrics.addGauge(
      'thicket_scoring_rows_waiting',
      'Rows admitted and not yet scored.',
      () => neighbours.scoring()?.queuedRows ?? 0,
    );
    this.#paths = byPath([
      ...predictRoutes(neighbours),
      ...stateRoutes(neighbours, () => this.closing),
      ...docsRoutes(neighbours),
    ]);
  }

  /**
   * Takes the port; answers with the one it got, which differs where the config says 0.
   * @throws {ThicketError} SETUP_MISSING when the port, or the native server in production, is missing.
   */
  start(): number {
    const { config, log } = this.#neighbours;
    if (!isNative) {
      const sentence =
        'uWebSockets.js runs as its slow JavaScript fallback: its binary does not load here';
      if (config.production) throw new ThicketError('SETUP_MISSING', sentence);
      log.warn({}, sentence);
    }
    this.#move('SERVING');
    this.#listener = listen(config.host, config.port, (res, req) => this.#receive(res, req));
    return this.#listener.port;
  }

  get closing(): boolean {
    return this.#mode === 'DRAINING' || this.#mode === 'CLOSED';
  }

  /** From here on a load balancer is told to go elsewhere. */
  drain(): void {
    if (this.#mode === 'SERVING') this.#move('DRAINING');
  }

  /** Resolves when the last reply that was owed has left, or the deadline has come. */
  close(deadlineMs = CLOSE_DEADLINE_MS_MAX): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#move('CLOSED');
    this.#listener?.stopListening();
    if (this.#owed > 0) await this.#untilSettled(deadlineMs);
    if (this.#owed > 0) {
      this.#neighbours.log.warn(
        { requests: this.#owed },
        'requests were cut at the close deadline',
      );
    }
    this.#listener?.closeConnections();
  }

  #untilSettled(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#settled = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  onReplied(route: string, status: number, seconds: number): void {
    this.#neighbours.metrics.observeRequest(route, status, seconds);
  }

  onSending(): void {
    this.#owed++;
  }

  onSent(): void {
    this.#settle();
  }

  #move(to: Mode): void {
    if (!MOVES[this.#mode].includes(to)) throw new Error(`invariant: ${this.#mode} to ${to}`);
    this.#mode = to;
  }

  /** The request is valid only until this returns: all that is needed of it is read here. */
  #receive(res: HttpResponse, req: HttpRequest): void {
    const method = req.getMethod().toUpperCase();
    const methods = this.#paths.get(req.getUrl());
    const route = methods?.get(method);
    const exchange = new Exchange(res, this, {
      route: labelOf(methods),
      requestId: requestIdOf(req.getHeader('x-request-id')),
      withoutBody: method === 'HEAD',
    });
    try {
      if (methods === undefined) {
        throw new ThicketError('ROUTE_UNKNOWN', `there is no ${method} ${req.getUrl()}`);
      }
      if (route === undefined) {
        const allowed = [...methods.keys()].join(', ');
        exchange.send(methodNotAllowedReply(allowed, exchange.requestId));
        return;
      }
      if (route.method === 'POST') this.#receiveBody(res, req, exchange, route);
      else this.#answer(res, exchange, route);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #receiveBody(res: HttpResponse, req: HttpRequest, exchange: Exchange, route: Route): void {
    const { bodyBytesMax } = this.#neighbours.config;
    checkBodyHeaders(req, bodyBytesMax);
    let received = false;
    this.#owed++;
    res.onAborted(() => {
      exchange.abort();
      if (!received) this.#settle(); // Else the answer settles it: it is still being worked on.
    });
    readJson(res, bodyBytesMax, (error, body) => {
      received = true;
      void this.#finish(exchange, () => {
        if (error !== null) throw error;
        return route.answer({ requestId: exchange.requestId, body });
      });
    });
  }

  /** Most answers without a body are there at once, and need no abort handler. */
  #answer(res: HttpResponse, exchange: Exchange, route: Route): void {
    const answer = route.answer({ requestId: exchange.requestId, body: undefined });
    if (!(answer instanceof Promise)) {
      exchange.send(answer);
      return;
    }
    this.#owed++;
    res.onAborted(() => exchange.abort());
    void this.#finish(exchange, () => answer);
  }

  async #finish(exchange: Exchange, answer: () => Reply | Promise<Reply>): Promise<void> {
    try {
      exchange.send(await answer());
    } catch (error) {
      this.#fail(exchange, error);
    } finally {
      this.#settle();
    }
  }

  #fail(exchange: Exchange, error: unknown): void {
    if (!(error instanceof ThicketError)) {
      this.#neighbours.log.error({ err: error, requestId: exchange.requestId }, 'a request failed');
    }
    exchange.send(errorReply(error, exchange.requestId));
  }

  #settle(): void {
    this.#owed--;
    if (this.#owed === 0) this.#settled?.();
  }
}

/** HEAD is answered wherever GET is. */
function byPath(routes: readonly Route[]): ReadonlyMap<string, Methods> {
  const paths = new Map<string, Map<string, Route>>();
  for (const route of routes) {
    const methods = paths.get(route.path) ?? new Map<string, Route>();
    methods.set(route.method, route);
    if (route.method === 'GET') methods.set('HEAD', route);
    paths.set(route.path, methods);
  }
  return paths;
}

function labelOf(methods: Methods | undefined): string {
  const [route] = methods?.values() ?? [];
  return route === undefined ? UNKNOWN_ROUTE : (route.label ?? route.path);
}
