import { readFile } from 'node:fs/promises';
import { isDateType } from '../schema/dates.ts';
import type { Field } from '../schema/fields.ts';
import { checkFields, quoted } from './check.ts';
import type { Model } from './model.ts';
import { refuse, refuseUnless } from './refuse.ts';

/** Bytes of a spec file: a few hundred for each field, and no model has a million fields. */
const SPEC_BYTES_MAX = 16 * 1024 * 1024;

/** Characters of a misplaced value that an error repeats. */
const SHOWN_CHARACTERS_MAX = 80;

/** Facts that the user knows of a model and its file cannot state. */
export interface ModelSpec {
  readonly name?: string;
  readonly version?: string;
  readonly target?: string;
  /** The shape of the replies over HTTP. */
  readonly profile?: string;
  /** The name under which clients send the id of a row. */
  readonly id_field?: string;
  /** The label, as text, whose probability is meant where a reply has one number of a classifier. */
  readonly positive_class?: string;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly fields?: readonly FieldSpec[];
}

/** Of a field that the model has; `type` may confirm what the model says, or say that a number is a date. */
export type FieldSpec = Pick<Field, 'name'> & Partial<Field>;

type Kind = 'string' | 'number' | 'boolean';

const MODEL_KEYS = {
  name: 'string',
  version: 'string',
  target: 'string',
  profile: 'string',
  id_field: 'string',
  positive_class: 'string',
} as const;
const FIELD_KEYS: Readonly<Record<keyof Field, Kind>> = {
  name: 'string',
  type: 'string',
  integer: 'boolean',
  truths: 'boolean',
  minimum: 'number',
  maximum: 'number',
  description: 'string',
};

export async function readSpec(path: string): Promise<ModelSpec> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return refuse(`${path} cannot be read: ${(error as Error).message}.`, error);
  }
  refuseUnless(text.length <= SPEC_BYTES_MAX, `${path} is longer than ${SPEC_BYTES_MAX} bytes.`);
  try {
    return checkSpec(JSON.parse(text), path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuse(`${path} is no JSON: ${error.message}.`, error);
  }
}

/** The model with what the spec says of it; a spec that does not fit the model is refused. */
export function applySpec(model: Model, spec: ModelSpec): Model {
  const { name, version, target, metrics, profile } = spec;
  const { id_field: idField, positive_class: positiveClass } = spec;
  const byName = new Map((spec.fields ?? []).map((field) => [field.name, field]));
  const fields = model.fields.map((field) => {
    const said = byName.get(field.name);
    byName.delete(field.name);
    return said === undefined ? field : specifiedField(field, said);
  });
  const [stranger] = byName.keys();
  if (stranger !== undefined) {
    refuse(`The spec describes field ${quoted(stranger)}, which the model does not have.`);
  }
  checkFields(fields);
  return {
    ...model,
    fields,
    metadata: {
      ...model.metadata,
      ...(name !== undefined && { name }),
      ...(version !== undefined && { version }),
      ...(target !== undefined && { target }),
      ...(profile !== undefined && { profile }),
      ...(idField !== undefined && { idField }),
      ...(positiveClass !== undefined && { positiveClass }),
      metrics: { ...model.metadata.metrics, ...metrics },
    },
  };
}

function specifiedField(field: Field, said: FieldSpec): Field {
  // Only the user knows that a number is the one of a day or a second.
  if (field.type === 'number' && said.type !== undefined && isDateType(said.type)) {
    return { ...said, type: said.type };
  }
  refuseUnless(
    said.type === undefined || said.type === field.type,
    `The spec says that field ${quoted(field.name)} is ${said.type}; the model says ${field.type}.`,
  );
  const { truths: _, ...stated } = field;
  const saysNumber = [said.type, said.integer, said.minimum, said.maximum].some(isSaid);
  return { ...(saysNumber ? stated : field), ...said, type: field.type };
}

function isSaid(value: unknown): boolean {
  return value !== undefined;
}

function checkSpec(spec: unknown, path: string): ModelSpec {
  const { metrics, fields, ...texts } = objectOf(spec, path);
  checkKeys(texts, MODEL_KEYS, path);
  for (const [metric, value] of Object.entries(
    metrics === undefined ? {} : objectOf(metrics, path),
  )) {
    refuseUnless(Number.isFinite(value), `${path}: the metric ${quoted(metric)} is not a number.`);
  }
  refuseUnless(fields === undefined || Array.isArray(fields), `${path}: fields is not a list.`);
  const seen = new Set<unknown>();
  for (const field of fields ?? []) {
    const { name } = checkKeys(objectOf(field, path), FIELD_KEYS, path);
    refuseUnless(typeof name === 'string', `${path}: a field has no name.`);
    refuseUnless(!seen.has(name), `${path}: field ${quoted(name)} is described twice.`);
    seen.add(name);
  }
  return spec as ModelSpec;
}

function checkKeys(
  object: Record<string, unknown>,
  kinds: Readonly<Record<string, Kind>>,
  path: string,
): Record<string, unknown> {
  for (const [key, value] of Object.entries(object)) {
    refuseUnless(Object.hasOwn(kinds, key), `${path}: there is no setting ${quoted(key)}.`);
    refuseUnless(typeof value === kinds[key], `${path}: ${key} is not a ${kinds[key]}.`);
  }
  return object;
}

function objectOf(value: unknown, path: string): Record<string, unknown> {
  refuseUnless(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    `${path} has ${JSON.stringify(value).slice(0, SHOWN_CHARACTERS_MAX)} where an object belongs.`,
  );
  return value as Record<string, unknown>;
}
