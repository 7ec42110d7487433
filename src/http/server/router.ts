import { invariant } from '../../core/errors.ts';
import type { Route } from './route.ts';

/** The routes of one path. */
export interface Endpoint {
  /** The path as the routes write it; the metrics know no other. */
  readonly template: string;
  /** HEAD stands here wherever GET does. */
  readonly methods: ReadonlyMap<string, Route>;
  /** Which segment of a path each of its parameters is. */
  readonly places: readonly { readonly name: string; readonly at: number }[];
}

/** An endpoint, and the segments of the path that led to it, as they were sent. */
export interface Match {
  readonly endpoint: Endpoint;
  readonly segments: readonly string[];
}

interface Template extends Endpoint {
  /** The text that each segment must be; null takes any. */
  readonly literals: readonly (string | null)[];
}

/**
 * Finds the endpoint of a path. A path without parameters costs one look into a map. Others are compared
 * with the templates of as many segments, of which the first one that has a literal segment wins.
 */
export class Router {
  readonly #exact: ReadonlyMap<string, Match>;
  readonly #templates: ReadonlyMap<number, readonly Template[]>;

  constructor(routes: readonly Route[]) {
    const endpoints = endpointsOf(routes);
    const [exact, templates] = [new Map<string, Match>(), new Map<number, Template[]>()];
    for (const template of endpoints) {
      const { literals, places } = template;
      if (places.length === 0) {
        exact.set(template.template, { endpoint: template, segments: NO_SEGMENTS });
      } else {
        templates.set(literals.length, [...(templates.get(literals.length) ?? []), template]);
      }
    }
    for (const each of templates.values()) each.sort(literalFirst);
    this.#exact = exact;
    this.#templates = templates;
  }

  /** `path` as it was sent: percent-encoded, without its query. */
  find(path: string): Match | null {
    return this.#exact.get(path) ?? this.#findTemplate(path);
  }

  /**
   * Where the resource of a path with a slash too many at its end is; null where there is none. A name at the
   * end of a path is taken as it was sent.
   */
  placeWithoutSlash(path: string): string | null {
    const place = path.slice(0, -1);
    const match = path.endsWith('/') && !place.endsWith('/') ? this.find(place) : null;
    if (match === null || match.endpoint.template.endsWith('}')) return null;
    // Relative: a proxy may have taken the beginning of the path away.
    return `../${place.slice(place.lastIndexOf('/') + 1)}`;
  }

  #findTemplate(path: string): Match | null {
    const segments = path.split('/');
    for (const endpoint of this.#templates.get(segments.length) ?? []) {
      if (matches(endpoint, segments)) return { endpoint, segments };
    }
    return null;
  }
}

const NO_SEGMENTS: readonly string[] = [];
const PARAMETER = /^\{(\w+)\}$/;

/** The methods that are allowed, for the header of that name. */
export function allowedMethods({ methods }: Endpoint): string {
  return [...methods.keys()].join(', ');
}

function matches({ literals }: Template, segments: readonly string[]): boolean {
  for (let at = 0; at < literals.length; at++) {
    const [literal, segment] = [literals[at], segments[at]];
    if (literal === null ? segment === '' : segment !== literal) return false;
  }
  return true;
}

function literalFirst(a: Template, b: Template): number {
  const at = a.literals.findIndex(
    (literal, place) => (literal === null) !== (b.literals[place] === null),
  );
  if (at < 0) return 0;
  return a.literals[at] === null ? 1 : -1;
}

function endpointsOf(routes: readonly Route[]): readonly Template[] {
  const paths = new Map<string, Map<string, Route>>();
  for (const route of routes) {
    const methods = paths.get(route.path) ?? new Map<string, Route>();
    invariant(!methods.has(route.method), `${route.method} ${route.path} has one route`);
    methods.set(route.method, route);
    if (route.method === 'GET') methods.set('HEAD', route);
    paths.set(route.path, methods);
  }
  const templates = Array.from(paths, ([path, methods]) => templateOf(path, methods));
  const shapes = new Set(templates.map(({ literals }) => JSON.stringify(literals)));
  invariant(shapes.size === templates.length, 'paths differ in more than names of parameters');
  return templates;
}

function templateOf(template: string, methods: ReadonlyMap<string, Route>): Template {
  const names = template.split('/').map((segment) => PARAMETER.exec(segment)?.[1] ?? null);
  const literals = template.split('/').map((segment, at) => (names[at] === null ? segment : null));
  const places = names.flatMap((name, at) => (name === null ? [] : [{ name, at }]));
  const endpoint = { template, methods, places, literals };
  for (const route of methods.values()) checkParameters(endpoint, route);
  return endpoint;
}

function checkParameters({ template, places }: Endpoint, { method, parameters = [] }: Route): void {
  const names = new Set(parameters.map(({ name }) => name));
  invariant(names.size === parameters.length, `${method} ${template} declares a name once`);
  const inPath = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
  invariant(
    inPath.length === places.length && places.every(({ name }) => inPath.includes(name)),
    `${method} ${template} declares the parameters of its path`,
  );
}
