import { ThicketError } from '../../core/errors.ts';
import type { Route } from './route.ts';
import type { Match } from './router.ts';
import type { HttpRequest } from './uws.ts';

/** Characters of one value, decoded. Names and ids are shorter, and an error repeats them. */
const PARAMETER_CHARACTERS_MAX = 256;

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/**
 * The values of a route's parameters in this request.
 * @throws {ThicketError} REQUEST_MALFORMED for an escape that is no text, a value that is too long, or a
 * query parameter that stands twice.
 */
export function readParameters(
  { parameters: declared }: Route,
  { endpoint, segments }: Match,
  req: HttpRequest,
): Readonly<Record<string, string>> {
  if (declared === undefined) return NONE;
  const values: Record<string, string> = {};
  for (const { name, at } of endpoint.places) values[name] = decoded(name, segments[at]!);
  const inQuery = declared.filter((each) => each.in === 'query').map(({ name }) => name);
  if (inQuery.length > 0) readQuery(req.getQuery() ?? '', inQuery, values);
  for (const { name, in: place } of declared) {
    const value = place === 'header' ? req.getHeader(name.toLowerCase()) : '';
    if (value !== '') values[name] = checked(name, value);
  }
  return values;
}

function readQuery(query: string, names: readonly string[], into: Record<string, string>): void {
  for (const pair of query.replaceAll('+', ' ').split('&')) {
    const [name = '', ...rest] = pair.split('=');
    if (!names.includes(name)) continue;
    // Two readers of one request, such as a proxy and this server, would each take another one.
    if (Object.hasOwn(into, name)) throw malformed(`${name} stands twice in the query`);
    into[name] = decoded(name, rest.join('='));
  }
}

function decoded(name: string, text: string): string {
  try {
    return checked(name, decodeURIComponent(text));
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
