/** JSON that describes JSON: a schema, or another piece of an OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>;

/** Every property is required unless `required` says otherwise. */
export function objectSchema(properties: Json, required = Object.keys(properties)): Json {
  return { type: 'object', properties, required };
}

export const NULLABLE_TEXT: Json = { type: ['string', 'null'] };
