/** JSON that describes JSON: a schema, or another piece of an OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>;

/** Every property is required unless `required` says otherwise. */
export function objectSchema(properties: Json, required = Object.keys(properties)): Json {
  return { type: 'object', properties, required };
}

export const NULLABLE_TEXT: Json = { type: ['string', 'null'] };

/** The bounds of a text: Postgres keeps no U+0000. */
export function textSchema(charactersMax: number): Json {
  return { maxLength: charactersMax, pattern: String.raw`^[^\u0000]*$` };
}
