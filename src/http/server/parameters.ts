import { ThicketError } from '../../core/errors.ts';
import type { Route } from './route.ts';
import type { Match } from './router.ts';
import type { HttpRequest } from './uws.ts';

/** Characters of one value, decoded. Names and ids are shorter, and an error repeats them. */
export const PARAMETER_CHARACTERS_MAX = 256;

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/**
 * The values of a route's parameters in this request.
 * @throws {ThicketError} REQUEST_MALFORMED for an escape that is no text, a value that is too long, or a
 * query parameter that stands twice.
 */
export function readParameters(
  { parameters = [] }: Route,
  { endpoint, segments }: Match,
  req: HttpRequest,
): Readonly<Record<string, string>> {
  if (parameters.length === 0) return NONE;
  const values: Record<string, string> = {};
  for (const { name, at } of endpoint.places) values[name] = decoded(name, segments[at]!);
  for (const { name, in: place } of parameters) {
    if (place === 'path') continue;
    const value = place === 'header' ? headerOf(req, name) : queryOf(req.getQuery() ?? '', name);
    if (value !== null) values[name] = value;
  }
  return values;
}

/** A header that is absent reads as an empty one. */
function headerOf(req: HttpRequest, name: string): string | null {
  const value = req.getHeader(name.toLowerCase());
  return value === '' ? null : checked(name, value);
}

function queryOf(query: string, name: string): string | null {
  const values = query.split('&').filter((pair) => pair === name || pair.startsWith(`${name}=`));
  // Two readers of one request, such as a proxy and this server, would each take another one.
  if (values.length > 1) throw malformed(`${name} stands twice in the query`);
  const [pair] = values;
  return pair === undefined
    ? null
    : decoded(name, pair.slice(name.length + 1).replaceAll('+', ' '));
}

function decoded(name: string, text: string): string {
  try {
    return checked(name, text.includes('%') ? decodeURIComponent(text) : text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw malformed(`${name} has a percent sign that begins no UTF-8 character`);
  }
}

function checked(name: string, value: string): string {
  if (value.length <= PARAMETER_CHARACTERS_MAX) return value;
  throw malformed(`${name} is longer than ${PARAMETER_CHARACTERS_MAX} characters`);
}

function malformed(sentence: string): ThicketError {
  return new ThicketError('REQUEST_MALFORMED', sentence);
}
