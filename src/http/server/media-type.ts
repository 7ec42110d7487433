/** A media type without its parameters, which stand beside it by name. Types and names are in lower case. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const PARAMETER = /;\s*([^\s=;]+)\s*=\s*(?:"([^"]*)"|([^;]*))/g;

/** @param header The value of a Content-Type. */
export function parseMediaType(header: string): MediaType {
  const parameters = new Map<string, string>();
  for (const [, name, quoted, plain] of header.matchAll(PARAMETER)) {
    parameters.set(name!.toLowerCase(), quoted ?? plain!.trim());
  }
  return { type: header.split(';', 1)[0]!.trim().toLowerCase(), parameters };
}

/**
 * The one of `offered` that an Accept header asks for by its name, with the highest weight, before any wildcard;
 * null where the client leaves the choice to us, or asks for nothing that there is.
 */
export function acceptedType(header: string, offered: readonly string[]): string | null {
  const wanted = header.split(',').map((range) => {
    const { type, parameters } = parseMediaType(range);
    const weight = Number(parameters.get('q') ?? '1');
    return { type, weight: weight >= 0 ? weight : 0 };
  });
  const best = wanted
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .find(({ type }) => type.endsWith('/*') || offered.includes(type));
  return best === undefined || best.type.endsWith('/*') ? null : best.type;
}
