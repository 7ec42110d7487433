import type { LiveModel } from '../../live/live-model.ts';
import type { Field, FieldRules } from '../../schema/fields.ts';
import { NULLABLE_TEXT, objectSchema } from '../openapi/json-schema.ts';
import type { NamedSchema } from '../openapi/operation.ts';
import type { ReplyWriter } from '../profiles/reply-writer.ts';

export const MODEL_INFO: NamedSchema = {
  name: 'ModelInfo',
  schema: objectSchema({
    model_name: { type: 'string' },
    model_version: { type: 'string' },
    target: { type: 'string' },
    task: { enum: ['regression', 'classification'] },
    profile: { type: 'string', description: 'The shape of its replies' },
    id_field: { ...NULLABLE_TEXT, description: 'What clients call the id of a row' },
    fields: { type: 'array', items: { type: 'object' } },
    metrics: { type: 'object', additionalProperties: { type: 'number' } },
    forest: { type: 'object' },
  }),
};

/** The description of a live model. */
export function modelInfo(
  live: LiveModel,
  { profile }: Pick<ReplyWriter, 'profile'>,
): Readonly<Record<string, unknown>> {
  const { metadata, schema, shape, description } = live;
  return {
    model_name: metadata.name,
    model_version: metadata.version,
    target: metadata.target,
    task: shape.labels === null ? 'regression' : 'classification',
    outputs: shape.outputs,
    classes: shape.labels,
    profile,
    id_field: metadata.idField ?? null,
    fields: schema.fields.map((field, at) => fieldInfo(field, schema.rules[at]!)),
    source: {
      library: metadata.sourceLibrary,
      version: metadata.sourceVersion,
      kind: metadata.sourceKind,
      sha256: metadata.sourceDigest,
    },
    created_at: metadata.createdAt,
    metrics: metadata.metrics,
    forest: {
      trees: description.trees,
      inner_nodes: description.innerNodes,
      leaves: description.leaves,
      depth_max: description.depthMax,
      columns: description.columns,
      cut_points: description.cutPoints,
      bytes: description.bytes,
      kernel: description.kernel,
      batch_kernel: description.batchKernel,
      batch_rows_min: description.batchRowsMin,
      kernel_reason: description.kernelReason,
      kernel_timings: description.kernelTimings.map(({ kernel, rows, nanosPerRow }) => ({
        kernel,
        rows,
        nanos_per_row: nanosPerRow,
      })),
    },
  };
}

function fieldInfo(field: Field, rules: FieldRules): Readonly<Record<string, unknown>> {
  const { name, type, integer, minimum, maximum, description } = field;
  return {
    name,
    type: integer === true ? 'integer' : type,
    minimum,
    maximum,
    description,
    missing: rules.missing,
    unknown: rules.categories.length > 0 ? rules.unknown : undefined,
    categories: rules.categories.length > 0 ? rules.categories : undefined,
  };
}
