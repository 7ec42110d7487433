import postgres from 'postgres';

import { ThicketError } from '../core/errors.ts';

/** Of several that fit, the first one is said. */
type Sentences = readonly (readonly [code: RegExp, sentence: string])[];

/** By SQLSTATE. The server's own texts name files, addresses, users and databases. */
const SERVER_SENTENCES: Sentences = [
  [/^53100/, 'No space left on device'],
  [/^53200/, 'it is out of memory'],
  [/^53300/, 'it has too many connections'],
  [/^53/, 'it is out of a resource'],
  [/^55P03/, 'another session holds a lock on a table that is needed'],
  [/^57014/, 'a statement took too long'],
  [/^57P03/, 'it is starting or recovering'],
  [/^(57P01|57P02)/, 'it ended the connection'],
  [/^25006/, 'it takes no writes'],
  [/^28/, 'it refuses the login'],
  [/^3D/, 'the database does not exist'],
  [/^42501/, 'the user lacks a privilege'],
  [/^40/, 'it rolled the transaction back'],
  [/^58030/, 'Input/output error'],
  [/^58/, 'a system error'],
];

/** By the codes of Node and of the client package. */
const CONNECTION_SENTENCES: Sentences = [
  [/^ECONNREFUSED/, 'the connection was refused'],
  [/^(ETIMEDOUT|CONNECT_TIMEOUT)/, 'it does not answer'],
  [/^(ENOTFOUND|EAI_)/, 'its host name is not known'],
  [/^(EHOST|ENET)/, 'its network cannot be reached'],
  [/^ENOENT/, 'its socket does not exist'],
  [/^(ERR_TLS|ERR_SSL)/, 'the TLS connection failed'],
  [/^SASL/, 'it refuses the login'],
  [/^(ECONN|EPIPE|ERR_STREAM|ERR_SOCKET|CONNECTION_)/, 'the connection was lost'],
];

/** For the operator's log: the message and code as they came. They may name an address or a path. */
export function reasonOf(error: unknown): string {
  if (isWrapped(error)) return reasonOf(error.cause);
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return code === '' || message.includes(code) ? message : `${message} (${code})`;
}

/** For clients: the reason without an address, a path or a name of the machine's. The log has the rest. */
export function publicReasonOf(error: unknown): string {
  if (isWrapped(error)) return publicReasonOf(error.cause);
  if (error instanceof ThicketError) return error.message;
  const code = codeOf(error);
  const sentences =
    error instanceof postgres.PostgresError ? SERVER_SENTENCES : CONNECTION_SENTENCES;
  const known = sentences.find(([pattern]) => pattern.test(code));
  if (known !== undefined) return known[1];
  return code === '' ? 'an unexpected error, which the log names' : `error ${code}`;
}

/** A known error that only repeats another one for clients. */
function isWrapped(error: unknown): error is ThicketError {
  return (
    error instanceof ThicketError &&
    error.code === 'STORE_UNAVAILABLE' &&
    error.cause instanceof Error
  );
}

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
