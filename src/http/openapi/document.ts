import { invariant } from '../../core/errors.ts';
import { ERROR_RESPONSES, ERROR_SCHEMAS } from './errors.ts';
import type { Json } from './json-schema.ts';
import type {
  ByMediaType,
  DocumentedRoute,
  ModelSchemaName,
  ModelSchemas,
  NamedSchema,
  Operation,
  Parameter,
} from './operation.ts';

/** A live model as the document describes it. */
export interface DescribedModel {
  readonly name: string;
  readonly version: string;
  readonly target: string;
  readonly schemas: ModelSchemas;
}

/** The first model is the one that routes without a name ask. */
export type DescribedModels = readonly [DescribedModel, ...DescribedModel[]];

/** The OpenAPI 3.1 document of the routes, typed by the models. */
export function openApiDocument(
  routes: readonly DocumentedRoute[],
  models: DescribedModels,
  about: { readonly appVersion: string; readonly bodyBytesMax: number },
): Json {
  const components = new Components(models);
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const methods = (paths[route.path] ??= {});
    methods[route.method.toLowerCase()] = operationObject(route, components, about.bodyBytesMax);
  }
  const [{ name }] = models;
  const more = models.length === 1 ? '' : ` and ${models.length - 1} more`;
  return {
    openapi: '3.1.0',
    info: {
      title: `Thicket: ${name}${more}`,
      version: about.appVersion,
      description: models
        .map((each) => `Predictions of ${each.target} by ${each.name}, version ${each.version}.`)
        .join(' '),
    },
    paths,
    components: { schemas: components.schemas, responses: ERROR_RESPONSES },
  };
}

/** The routes below one model's name as routes of their own, for a document of that model alone. */
export function routesOfModel(
  routes: readonly DocumentedRoute[],
  name: string,
): readonly DocumentedRoute[] {
  const ofModel = (route: DocumentedRoute): DocumentedRoute => ({
    ...route,
    path: route.path.replace('{name}', encodeURIComponent(name)),
    parameters: (route.parameters ?? []).filter((parameter) => parameter.name !== 'name'),
  });
  return routes.filter(({ model }) => model === 'named').map(ofModel);
}

function operationObject(
  route: DocumentedRoute,
  components: Components,
  bodyBytesMax: number,
): Json {
  const { operation, parameters = [], mediaTypes } = route;
  const { operationId, summary, request, errors } = operation;
  const sent = request === undefined ? null : components.contentOf(request, route);
  const content = sent ?? (mediaTypes && Object.fromEntries(mediaTypes.map((type) => [type, {}])));
  const refused = errors.map((status) => [
    String(status),
    { $ref: `#/components/responses/Error${status}` },
  ]);
  return {
    operationId,
    summary,
    ...(route.keyed === true && { description: KEYED }),
    ...(parameters.length > 0 && {
      parameters: parameters.map((each) => parameterObject(each, route, components)),
    }),
    ...(content && {
      requestBody: { description: `At most ${bodyBytesMax} bytes`, required: true, content },
    }),
    responses: {
      200: { description: 'OK', content: replyContent(operation.reply, route, components) },
      ...Object.fromEntries(refused),
    },
  };
}

function parameterObject(
  { name, in: place, description, schema }: Parameter,
  { model }: DocumentedRoute,
  { modelNames }: Components,
): Json {
  const taken = model === 'named' && name === 'name' ? { ...schema, enum: modelNames } : schema;
  return { name, in: place, description, required: place === 'path', schema: taken };
}

/** No parameter: a generator of requests sends one key with many bodies, which are refused as reuse. */
const KEYED =
  'A retry is safe with the header `Idempotency-Key`: the same key and body give the same reply, and ' +
  'the prediction is stored once. Such a reply has `Idempotent-Replayed: true`.';

const TEXT: Json = { schema: { type: 'string' } };

function replyContent(
  reply: Operation['reply'],
  route: DocumentedRoute,
  components: Components,
): Json {
  if (typeof reply === 'object' && 'mediaType' in reply) return { [reply.mediaType]: TEXT };
  return components.contentOf(reply, route);
}

/** The schemas of the document, each once. */
class Components {
  readonly schemas: Record<string, Json> = { ...ERROR_SCHEMAS };
  readonly modelNames: readonly string[];
  readonly #prefixes: readonly string[];

  constructor(models: DescribedModels) {
    this.modelNames = models.map(({ name }) => name);
    this.#prefixes = prefixesOf(models);
    for (const [at, { schemas }] of models.entries()) {
      const prefix = this.#prefixes[at]!;
      const reference = (name: ModelSchemaName): Json => referenceTo(`${prefix}${name}`);
      for (const [name, schema] of Object.entries(schemas)) {
        this.schemas[`${prefix}${name}`] =
          typeof schema === 'function' ? schema(reference) : schema;
      }
    }
  }

  contentOf(schema: NamedSchema | ModelSchemaName | ByMediaType, route: DocumentedRoute): Json {
    if (typeof schema === 'string') {
      return { 'application/json': { schema: this.#ofModel(schema, route) } };
    }
    if ('content' in schema) {
      const types = Object.entries(schema.content).map(([type, each]) => [
        type,
        { schema: typeof each === 'string' ? this.#ofModel(each, route) : each },
      ]);
      return Object.fromEntries(types);
    }
    const known = (this.schemas[schema.name] ??= schema.schema);
    invariant(known === schema.schema, `one schema is named ${schema.name}`);
    return { 'application/json': { schema: referenceTo(schema.name) } };
  }

  #ofModel(name: ModelSchemaName, { model }: DocumentedRoute): Json {
    return referenceTo(model === 'named' ? this.#ofAnyModel(name) : name);
  }

  /** A route that names its model takes and gives what that model does. */
  #ofAnyModel(name: ModelSchemaName): string {
    if (this.#prefixes.length === 1) return name;
    const any = `Any${name}`;
    this.schemas[any] = { anyOf: this.#prefixes.map((prefix) => referenceTo(`${prefix}${name}`)) };
    return any;
  }
}

/** None for the first model, whose routes have none; the others' names, spelt as a component may be. */
function prefixesOf(models: DescribedModels): readonly string[] {
  return models.map(({ name }, at) => (at === 0 ? '' : `${componentWord(name)}.`));
}

/** Dots stand around the code of a character that a component's name may not have, and nowhere else. */
function componentWord(name: string): string {
  return name.replaceAll(/[^\w-]/gu, (sign) => `.${sign.codePointAt(0)!.toString(16)}.`);
}

function referenceTo(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}
