import postgres from 'postgres';

import { ThicketError } from '../core/errors.ts';
import { codeOf, publicReasonOf } from './reasons.ts';

/** The client's own words for a connection that is gone, or never was. */
const CLIENT_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'SASL_SIGNATURE_MISMATCH',
]);

/** Node's words for the same. */
const SOCKET_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET|ENOENT|ERR_STREAM|ERR_SOCKET|ERR_TLS|ERR_SSL)/;

/**
 * SQLSTATE classes and codes that say nothing against the statement: connection exceptions (08), login
 * refused (28, 3D), transaction rolled back (40), insufficient resources (53), lock timeouts (55P03),
 * operator intervention (57), system errors (58), and a standby that takes no writes (25006).
 */
const SERVER_STATES = /^(08|28|3D|40|53|55P03|57|58|25006)/;

/** The server ended the connection, or takes none now: 57P01 to 57P03 say that it stops or starts. */
const CONNECTION_STATES = /^(08|57P0[1-3])/;

/** SQLSTATE classes that lie in the rows: data exceptions, constraint violations, limits exceeded. */
const DATA_STATES = /^(22|23|54)/;

/** True where the store was away or hindered, so that the same call may succeed later. */
export function isStoreAway(error: unknown): boolean {
  if (error instanceof ThicketError) return error.code === 'STORE_UNAVAILABLE';
  const code = codeOf(error);
  if (error instanceof postgres.PostgresError) return SERVER_STATES.test(code);
  return CLIENT_CODES.has(code) || SOCKET_CODES.test(code);
}

/** True where the server could not be reached or went away: its answer is unknown. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof ThicketError) return isConnectionLoss(error.cause);
  const code = codeOf(error);
  if (error instanceof postgres.PostgresError) return CONNECTION_STATES.test(code);
  return CLIENT_CODES.has(code) || SOCKET_CODES.test(code);
}

/** True where the time was up, on our side or the server's: the error does not say what took it. */
export function isTimeout(error: unknown): boolean {
  if (error instanceof ThicketError) return error.cause === undefined || isTimeout(error.cause);
  return error instanceof postgres.PostgresError && error.code === '57014';
}

/** True where the server refused the rows themselves: it would refuse them again. */
export function isDataFault(error: unknown): boolean {
  return error instanceof postgres.PostgresError && DATA_STATES.test(error.code);
}

/** True where the statement names a table that does not exist. */
export function isTableAbsent(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === '42P01';
}

/**
 * True where the statement does not fit the database: a column or a type is missing there, or the statement needs a
 * table that the user may not touch.
 */
export function isMisfit(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code.startsWith('42');
}

/** True where an earlier statement of the transaction had failed, and the transaction went on all the same. */
export function isAborted(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === '25P02';
}

/** True where another transaction held a lock for too long, or each of two waited for the other. */
export function isLockedOut(error: unknown): boolean {
  return error instanceof postgres.PostgresError && /^(55P03|40P01)/.test(error.code);
}

/** A store that is away becomes one known error; other errors stay as they are. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof ThicketError || !isStoreAway(error)) return error;
  return new ThicketError(
    'STORE_UNAVAILABLE',
    `Postgres is not available: ${publicReasonOf(error)}`,
    {
      cause: error,
    },
  );
}
