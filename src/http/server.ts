import { ThicketError, invariant } from '../core/errors.ts';
import { Service } from '../core/service.ts';
import { apiRoutes } from './routes/api-routes.ts';
import { type ReceivedBody, answerOf } from './server/body/answer-body.ts';
import { readBodyHeaders } from './server/body/body-headers.ts';
import { BodyRoom } from './server/body/body-room.ts';
import { type BodyBounds, IncomingBody } from './server/body/incoming-body.ts';
import { ReadingTurns } from './server/body/reading-turns.ts';
import type { ServerContext } from './server/context.ts';
import { Door, type DoorHost } from './server/door.ts';
import { Exchange, type ExchangeHost, requestIdOf } from './server/exchange.ts';
import { KeyedReplies } from './server/keyed-replies.ts';
import { readParameters } from './server/parameters.ts';
import { acceptedType } from './server/media-type.ts';
import { RefusalLog } from './server/refusal-log.ts';
import { type Reply, errorReply, methodNotAllowedReply, movedReply } from './server/reply.ts';
import { idempotencyKeyOf, requestKey } from './server/request-key.ts';
import type { BodilessRoute, BytesRoute, Call, JsonRoute, Route } from './server/route.ts';
import { Router, allowedMethods } from './server/router.ts';
import { loadUws } from './server/uws-binary.ts';
import { type HttpRequest, type HttpResponse, type Listener, listen } from './server/uws.ts';

/** How long a stop waits for replies that are still owed. A commit has a deadline of 5 s. */
const OWED_MS_MAX = 10_000;

/** The one name in the metrics for every path that is not ours, and for what has none. */
const UNKNOWN = 'unknown';

/**
 * The HTTP front. Its life has one direction:
 *
 * - NEW       nothing listens.
 * - SERVING   start() took the port. What is not there yet (model, store) is answered with 503.
 * - DRAINING  drain() was called: `/ready` says no and replies end their connections; all is served.
 * - CLOSED    stop() was called: no new connections; replies still owed are sent, then all is cut.
 */
type Mode = 'NEW' | 'SERVING' | 'DRAINING' | 'CLOSED';
const MOVES: Readonly<Record<Mode, readonly Mode[]>> = {
  NEW: ['SERVING', 'CLOSED'],
  SERVING: ['DRAINING', 'CLOSED'],
  DRAINING: ['CLOSED'],
  CLOSED: [],
};

export class HttpServer extends Service implements ExchangeHost, DoorHost {
  readonly #context: ServerContext;
  readonly #router: Router;
  readonly #refusals: RefusalLog;
  readonly #bodyBounds: BodyBounds;
  readonly #keyedReplies: KeyedReplies;
  readonly #turns = new ReadingTurns();
  #mode: Mode = 'NEW';
  #door: Door | null = null;
  #listener: Listener | null = null;
  /** Replies that are owed: to requests that come in, are worked on, or read their answer slowly. */
  #owed = 0;
  #settled: (() => void) | null = null;

  constructor(
    context: ServerContext,
    routes: readonly Route[] = apiRoutes(context, () => this.closing),
  ) {
    super();
    this.#context = context;
    this.#router = new Router(routes);
    this.#refusals = new RefusalLog(context.log);
    this.#bodyBounds = bodyBoundsOf(context.config);
    this.#keyedReplies = new KeyedReplies(context.findReply);
  }

  /** The port of a server that was started; it differs from the config's where that is 0. */
  get port(): number {
    invariant(this.#listener !== null, 'the server has been started');
    return this.#listener.port;
  }

  /** @throws {ThicketError} SETUP_MISSING when the port is taken, or no uWebSockets.js loads. */
  protected override async onStart(): Promise<void> {
    const { config, log } = this.#context;
    const binary = loadUws(config.uwsPath);
    const { version, file, sha256 } = binary;
    log.info({ version, file, sha256 }, 'uWebSockets.js is loaded');
    this.#move('SERVING');
    this.#door = Door.before(file);
    const { host, port } = config;
    this.#listener = listen(binary, host, port, (res, req) => this.#receive(res, req));
    this.#door.addHost(this.port, this);
  }

  get door(): Door {
    invariant(this.#door !== null, 'the server has been started');
    return this.#door;
  }

  get closing(): boolean {
    return this.#mode === 'DRAINING' || this.#mode === 'CLOSED';
  }

  /** From here on `/ready` fails, so that a load balancer sends requests elsewhere. */
  drain(): void {
    if (this.#mode === 'SERVING') this.#move('DRAINING');
  }

  /** Ends when the last reply that was owed has left, or the deadline has come. */
  protected override async onStop(): Promise<void> {
    this.#move('CLOSED');
    this.#listener?.stopListening();
    if (this.#owed > 0) await this.#untilSettled(this.#context.owedMsMax ?? OWED_MS_MAX);
    if (this.#owed > 0) {
      this.#context.log.warn({ requests: this.#owed }, 'requests were cut at the close deadline');
    }
    this.#listener?.closeConnections();
    if (this.#listener !== null) this.door.removeHost(this.port);
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

  onReplied(route: string, model: string | null, status: number, seconds: number): void {
    this.#context.metrics.observeRequest(route, model, status, seconds);
  }

  onMalformed(requestId: string, error: ThicketError): void {
    this.#refusals.add({ requestId, method: UNKNOWN, route: UNKNOWN }, error);
    this.#context.metrics.observeRequest(UNKNOWN, null, error.status, 0);
  }

  onSending(): void {
    this.#owed++;
  }

  onSent(): void {
    this.#settle(null);
  }

  #move(to: Mode): void {
    if (!MOVES[this.#mode].includes(to)) throw new Error(`invariant: ${this.#mode} to ${to}`);
    this.#mode = to;
  }

  /** The request is valid only until this returns: all that is needed of it is read here. */
  #receive(res: HttpResponse, req: HttpRequest): void {
    const method = req.getMethod().toUpperCase();
    const path = req.getUrl();
    const match = this.#router.find(path);
    const exchange = new Exchange(res, this, {
      method,
      route: match?.endpoint.template ?? UNKNOWN,
      requestId: requestIdOf(req.getHeader('x-request-id')),
    });
    try {
      if (match === null) {
        const place = this.#router.placeWithoutSlash(path);
        if (place === null)
          throw new ThicketError('ROUTE_UNKNOWN', `there is no ${method} ${path}`);
        exchange.send(movedReply(place, req.getQuery() ?? ''));
        return;
      }
      const route = match.endpoint.methods.get(method);
      if (route === undefined) {
        this.#refuseMethod(exchange, allowedMethods(match.endpoint));
        return;
      }
      const { requestId, startedMs } = exchange;
      const parameters = readParameters(route, match, req);
      const call = {
        requestId,
        startedMs,
        parameters,
        replyType: replyTypeOf(route, req),
        isAwaited: () => !exchange.ended,
        key: null,
      };
      if (route.model !== undefined) exchange.model = this.#modelAsked(call);
      if (route.body === undefined) this.#answer(res, exchange, route, call);
      else this.#receiveBody(res, req, exchange, route, call);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #refuseMethod(exchange: Exchange, allowed: string): void {
    this.#refusals.add(exchange, new ThicketError('METHOD_NOT_ALLOWED', `only ${allowed} here`));
    exchange.send(methodNotAllowedReply(allowed, exchange.requestId));
  }

  /** Its name, which the operator gave: what a client wrote into the path is no label. */
  #modelAsked({ parameters }: Call): string | null {
    return this.#context.models.find(parameters['name'])?.live.metadata.name ?? null;
  }

  #receiveBody(
    res: HttpResponse,
    req: HttpRequest,
    exchange: Exchange,
    route: JsonRoute | BytesRoute,
    call: Call,
  ): void {
    const { config } = this.#context;
    const own = route.body === 'bytes' ? route.bodyBytesMax : undefined;
    const bytesMax = own ?? config.bodyBytesMax;
    const { type, length } = readBodyHeaders(req, route, bytesMax);
    const key = route.keyed === true ? idempotencyKeyOf(req, config.outcomeLevel) : null;
    this.#owed++;
    exchange.hold();
    const body = new IncomingBody(res, { length, bytesMax }, this.#bodyBounds, (bytes) => {
      const received = { ...bytes, type };
      const isKeyed = key !== null && received.error === null;
      const answer = isKeyed
        ? this.#answerKeyed(key, route, call, received)
        : answerOf(route, call, received, this.#turns);
      void this.#finish(exchange, answer, body);
    });
    res.onAborted(() => {
      exchange.abort();
      if (body.abort()) this.#settle(body); // Else the answer settles it: it is still being worked on.
    });
  }

  /** Its outcome is stored also when the client is gone: a retry asks for it. */
  #answerKeyed(
    text: string,
    route: JsonRoute | BytesRoute,
    call: Call,
    body: ReceivedBody,
  ): Promise<Reply> {
    const key = requestKey(text, route, call, body);
    return this.#keyedReplies.answer(key, () =>
      answerOf(route, { ...call, key, isAwaited: () => true }, body, this.#turns),
    );
  }

  /** Most answers without a body are there at once, and need no abort handler. */
  #answer(res: HttpResponse, exchange: Exchange, route: BodilessRoute, call: Call): void {
    const answer = route.answer(call);
    if (!(answer instanceof Promise)) {
      exchange.send(answer);
      return;
    }
    this.#owed++;
    res.onAborted(() => exchange.abort());
    exchange.hold();
    void this.#finish(exchange, answer);
  }

  async #finish(
    exchange: Exchange,
    answer: Promise<Reply>,
    body: IncomingBody | null = null,
  ): Promise<void> {
    try {
      exchange.send(await answer);
    } catch (error) {
      this.#fail(exchange, error);
    } finally {
      this.#settle(body);
    }
  }

  #fail(exchange: Exchange, error: unknown): void {
    if (error instanceof ThicketError) {
      this.#refusals.add(exchange, error);
    } else {
      this.#context.log.error({ err: error, requestId: exchange.requestId }, 'a request failed');
    }
    exchange.send(errorReply(error, exchange.requestId));
  }

  #settle(body: IncomingBody | null): void {
    body?.release();
    this.#owed--;
    if (this.#owed === 0) this.#settled?.();
  }
}

function replyTypeOf({ replyTypes }: Route, req: HttpRequest): string | null {
  return replyTypes === undefined ? null : acceptedType(req.getHeader('accept'), replyTypes);
}

function bodyBoundsOf(config: ServerContext['config']): BodyBounds {
  return {
    deadlineMs: config.bodyDeadlineMs,
    room: new BodyRoom(config.bodiesBytesMax),
  };
}
