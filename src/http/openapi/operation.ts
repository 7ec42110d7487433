import type { ErrorStatus } from './errors.ts';
import type { Json } from './json-schema.ts';

/** A schema that stands under its name among the components of the document. */
export interface NamedSchema {
  readonly name: string;
  readonly schema: Json;
}

/** The schemas that each model has its own of. */
export type ModelSchemas = Readonly<Record<ModelSchemaName, ModelSchema>>;
export type ModelSchemaName =
  | 'Row'
  | 'RowList'
  | 'JobRequest'
  | 'Prediction'
  | 'RawPrediction'
  | 'BatchPrediction'
  | 'ListPrediction';

/** A schema, or one made of others of the same model. */
export type ModelSchema = Json | ((reference: (name: ModelSchemaName) => Json) => Json);

/** Bodies of several media types, each by its own schema. */
export interface ByMediaType {
  readonly content: Readonly<Record<string, Json | ModelSchemaName>>;
}

/** The fragment of the document that stands beside a route. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  /** The JSON body that the route takes, or the bodies of each media type. */
  readonly request?: NamedSchema | ModelSchemaName | ByMediaType;
  /** The JSON of the reply, the media type of one that is no JSON, or those of each media type. */
  readonly reply: NamedSchema | ModelSchemaName | ByMediaType | { readonly mediaType: string };
  /** The refusals that a client may meet besides 404 and 405 for a wrong path or method. */
  readonly errors: readonly ErrorStatus[];
}

/** A value of a request besides its body. Those of a path are always there. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: Json;
}

/** A route as the document sees it. */
export interface DocumentedRoute {
  readonly method: string;
  readonly path: string;
  readonly parameters?: readonly Parameter[];
  /** The model that the route asks: the first one, or the one that its parameter `name` names. */
  readonly model?: 'first' | 'named';
  readonly mediaTypes?: readonly string[];
  /** Takes an `Idempotency-Key`, and stores its reply through `keptReply`. */
  readonly keyed?: boolean;
  readonly operation: Operation;
}
