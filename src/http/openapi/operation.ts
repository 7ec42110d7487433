import type { ErrorStatus } from './errors.ts';
import type { Json } from './json-schema.ts';

/** A schema that stands under its name among the components of the document. */
export interface NamedSchema {
  readonly name: string;
  readonly schema: Json;
}

/** The schemas that each model has its own of. */
export type ModelSchemas = Readonly<Record<ModelSchemaName, Json>>;
export type ModelSchemaName = 'Row' | 'Prediction' | 'RawPrediction' | 'BatchPrediction';

/** The fragment of the document that stands beside a route. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  /** The JSON body that the route takes; its media types where it takes bytes. */
  readonly request?: NamedSchema | ModelSchemaName;
  /** The JSON of the reply, or the media type of one that is no JSON. */
  readonly reply: NamedSchema | ModelSchemaName | { readonly mediaType: string };
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
  readonly operation: Operation;
}
