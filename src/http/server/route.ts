import type { RequestKey } from '../../store/outcomes/reply-keys.ts';
import type { DocumentedRoute, Parameter } from '../openapi/operation.ts';
import type { Shape } from './json/shape.ts';
import type { MediaType } from './media-type.ts';
import type { Reply } from './reply.ts';

/** HEAD is answered wherever GET is. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface RouteBase extends DocumentedRoute {
  readonly method: Method;
  /** A segment in braces is a path parameter: `/models/{name}`. A literal segment wins over one. */
  readonly path: string;
  /** Nothing else of a request's path, query and headers is read. */
  readonly parameters?: readonly Parameter[];
  /** Media types of the reply among which the header Accept may choose. */
  readonly replyTypes?: readonly string[];
}

/** A route that reads no body. */
export interface BodilessRoute extends RouteBase {
  readonly body?: undefined;
  readonly answer: (call: Call) => Reply | Promise<Reply>;
}

/** A route whose body is one JSON value. */
export interface JsonRoute extends RouteBase {
  readonly body: 'json';
  /** The part of the body that is built. It must not throw: `answer` says what is missing. */
  readonly reads: (call: Call) => Shape;
  /**
   * Takes what it needs of the body before it returns. A function that waits would hold all of the body
   * meanwhile, so this one is never `async`.
   */
  readonly answer: (call: Call, body: unknown) => Reply | Promise<Reply>;
}

/** A route that reads the bytes of its body by itself. */
export interface BytesRoute extends RouteBase {
  readonly body: 'bytes';
  /** Those that are taken, in lower case and without parameters. */
  readonly mediaTypes: readonly string[];
  /** Instead of the bound of all bodies. */
  readonly bodyBytesMax?: number;
  readonly answer: (call: Call, body: BodyBytes) => Reply | Promise<Reply>;
}

export type Route = BodilessRoute | JsonRoute | BytesRoute;

/** Its media type is one of those that the route takes. */
export interface BodyBytes extends MediaType {
  readonly bytes: Buffer;
  /** Reads the bytes as JSON, in turns with everything else. */
  readonly readJson: (shape: Shape) => Promise<unknown>;
}

/** A request as a route sees it, besides its body. */
export interface Call {
  readonly requestId: string;
  /** By `performance.now()`. */
  readonly startedMs: number;
  /** The values of the route's parameters by name; a query or header that was not sent is absent. */
  readonly parameters: Readonly<Record<string, string>>;
  /** False once the client is gone: an answer would reach nobody. */
  readonly isAwaited: () => boolean;
  /** The one of the route's reply types that the client asks for; null where it leaves the choice. */
  readonly replyType: string | null;
  /** Of a keyed route, where the client sent a key: the reply is to be stored under it. */
  readonly key: RequestKey | null;
}
