import { type ErrorCode, type Issue, ThicketError } from '../../core/errors.ts';
import { publicSentence } from './public-sentence.ts';

/** The answer of a route; the exchange adds the headers that every reply has. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** Seconds after which a refused caller may try again: the store reconnects within 2. */
const RETRY_AFTER_SECONDS = '2';

/** JSON text of one issue's input. An echo helps with a value, and only amplifies a document. */
const INPUT_CHARACTERS_MAX = 1_000;

const JSON_TYPE = 'application/json';

export function jsonReply(value: unknown, status = 200): Reply {
  return { status, type: JSON_TYPE, body: JSON.stringify(value) };
}

/** A body that is JSON text already. */
export function jsonTextReply(body: string): Reply {
  return { status: 200, type: JSON_TYPE, body };
}

/** Bad input and what is not there say what they are; a bug says nothing but that it is one. */
export function errorReply(error: unknown, requestId: string): Reply {
  if (!(error instanceof ThicketError)) {
    return reply('INTERNAL', 500, 'internal error', requestId);
  }
  const { code, status } = error;
  const detail = status === 422 ? shownIssues(error) : sentenceOf(error);
  const headers = error.retry ? ([['Retry-After', RETRY_AFTER_SECONDS]] as const) : undefined;
  return reply(code, status, detail, requestId, headers);
}

export function methodNotAllowedReply(allowed: string, requestId: string): Reply {
  const headers = [['Allow', allowed]] as const;
  return reply('METHOD_NOT_ALLOWED', 405, `only ${allowed} here`, requestId, headers);
}

/** The same resource at its own path; a client that sent a body sends it there again. */
export function movedReply(place: string, query: string): Reply {
  const location = query === '' ? place : `${place}?${query}`;
  return { status: 308, type: 'text/plain', body: '', headers: [['Location', location]] };
}

/** Only a fault of ours can name places of this machine; the other sentences repeat the request. */
function sentenceOf({ message, status }: ThicketError): string {
  return status < 500 ? message : publicSentence(message);
}

function reply(
  code: ErrorCode,
  status: number,
  detail: unknown,
  requestId: string,
  headers?: Reply['headers'],
): Reply {
  const body = JSON.stringify({ detail, code, request_id: requestId });
  return { status, type: JSON_TYPE, body, ...(headers && { headers }) };
}

/** Clients read a list at 422, also where nothing names a field: the store refused a row, or a key was reused. */
export function shownIssues({
  issues,
  message,
}: Pick<ThicketError, 'issues' | 'message'>): readonly Issue[] {
  if (issues.length > 0) return issues.map(shownIssue);
  return [{ type: 'value_error', loc: ['body'], msg: message }];
}

function shownIssue(issue: Issue): Issue {
  if (!('input' in issue)) return issue;
  const { input, ...rest } = issue;
  return isShort(input) ? issue : rest;
}

/** False also for what is nested too deeply to be written down at all. */
function isShort(input: unknown): boolean {
  try {
    return (JSON.stringify(input) ?? '').length <= INPUT_CHARACTERS_MAX;
  } catch {
    return false;
  }
}
