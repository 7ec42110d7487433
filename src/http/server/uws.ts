import uws, {
  type HttpRequest,
  type HttpResponse,
  type TemplatedApp,
  type us_listen_socket,
} from 'uWebSockets.js';

import { ThicketError } from '../../core/errors.ts';

/** The only file that imports uWebSockets.js; another package may stand behind that name. */
export type { HttpRequest, HttpResponse };

/**
 * The package falls back to a slow JavaScript server, with no more than a warning, where its binary
 * does not load.
 */
export const isNative = Function.prototype.toString.call(uws.App).includes('[native code]');

/** A listening server: its port, and the way to close it. */
export interface Listener {
  readonly port: number;
  /** No new connections from here on; the open ones stay. */
  stopListening(): void;
  /** Cuts every connection that is still open. */
  closeConnections(): void;
}

type Handler = (res: HttpResponse, req: HttpRequest) => void;

/** The type file of the package lacks the overload that takes all four. */
type ListenExclusively = (
  host: string,
  port: number,
  options: uws.ListenOptions,
  done: (socket: us_listen_socket | false) => void,
) => TemplatedApp;

/**
 * Serves every request of one address through `handler`. The port is taken exclusively: shared (the
 * default), a second or stale server would silently answer half of the requests.
 * @throws {ThicketError} SETUP_MISSING when the address cannot be taken.
 */
export function listen(host: string, port: number, handler: Handler): Listener {
  const app = uws.App();
  app.any('/*', handler);
  let socket: us_listen_socket | false = false;
  const take = app.listen.bind(app) as unknown as ListenExclusively;
  take(host, port, EXCLUSIVE_PORT, (taken) => (socket = taken)); // Calls back before it returns.
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

/** The type files call it an enum that no JavaScript exports: the binary exports its number. */
const EXCLUSIVE_PORT = (uws as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: uws.ListenOptions })
  .LIBUS_LISTEN_EXCLUSIVE_PORT;

/** There since 20.30, and missing in the type file. */
function closeApp(app: TemplatedApp): void {
  (app as TemplatedApp & { close(): void }).close();
}
