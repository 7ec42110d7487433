import type {
  HttpRequest,
  HttpResponse,
  ListenOptions,
  TemplatedApp,
  us_listen_socket,
} from 'uWebSockets.js';

import { ThicketError } from '../../core/errors.ts';
import type { UwsBinary } from './uws-binary.ts';

/** The types of the oldest release: no newer method may be used, because each release must do. */
export type { HttpRequest, HttpResponse };

/** A listening server: its port, and the way to close it. */
export interface Listener {
  readonly port: number;
  /** No new connections from here on; the open ones stay. */
  stopListening(): void;
  /** Cuts every connection that is still open. */
  closeConnections(): void;
}

/**
 * Longer than load balancers keep an idle connection (60 s at AWS, 600 s at Google): where the server closes
 * first, a request may meet the closing connection and is lost. The library counts in ticks of 4 s and begins
 * anew at 240 of them.
 */
const IDLE_S = 620;

type Handler = (res: HttpResponse, req: HttpRequest) => void;

/** The type file of the package lacks the overload that takes all four. */
type ListenExclusively = (
  host: string,
  port: number,
  options: ListenOptions,
  done: (socket: us_listen_socket | false) => void,
) => TemplatedApp;

/**
 * Serves every request of one address through `handler`. The port is taken exclusively: shared (the
 * default), a second or stale server would silently answer half of the requests.
 * @throws {ThicketError} SETUP_MISSING when the address cannot be taken.
 */
export function listen({ uws }: UwsBinary, host: string, port: number, handler: Handler): Listener {
  const app = uws.App();
  keepIdleConnections(app);
  app.any('/*', handler);
  let socket: us_listen_socket | false = false;
  const take = app.listen.bind(app) as unknown as ListenExclusively;
  // The type files call it an enum that no JavaScript exports: the binary exports its number.
  const exclusive = (uws as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: ListenOptions })
    .LIBUS_LISTEN_EXCLUSIVE_PORT;
  take(host, port, exclusive, (taken) => (socket = taken)); // Calls back before it returns.
  if (socket === false) {
    throw new ThicketError(
      'SETUP_MISSING',
      `cannot listen on ${host}:${port}: the port is taken by another program, or the host is not an address of this machine`,
    );
  }
  const taken: us_listen_socket = socket;
  let listening = true;
  return {
    port: uws.us_socket_local_port(taken),
    stopListening(): void {
      if (listening) uws.us_listen_socket_close(taken);
      listening = false;
    },
    closeConnections(): void {
      listening = false;
      closeApp(app);
    },
  };
}

/** 20.30 cannot be told, and closes an idle connection after 10 s. Before its first request, 20.57 waits for 30 s. */
function keepIdleConnections(app: TemplatedApp): void {
  (app as TemplatedApp & { setResponseTimeout?(seconds: number): void }).setResponseTimeout?.(
    IDLE_S,
  );
}

/** There since 20.30, and missing in the type file. */
function closeApp(app: TemplatedApp): void {
  (app as TemplatedApp & { close(): void }).close();
}
