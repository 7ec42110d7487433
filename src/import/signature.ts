import type { Field } from '../schema/fields.ts';

/** The columns of an MLflow signature: each with MLflow's own word for its type. */
export type Signature = readonly SignatureColumn[];

interface SignatureColumn {
  readonly name: string | null;
  readonly type: string;
}

/** The inputs of a signature, which is JSON inside of YAML; null for tensors, which have no columns. */
export function signatureFrom(text: string | undefined): Signature | null {
  const columns = text === undefined ? null : listIn(text);
  if (columns === null) return null;
  const read = columns.flatMap((column): SignatureColumn[] => {
    if (typeof column !== 'object' || column === null) return [];
    const { name, type } = column as Readonly<Record<string, unknown>>;
    if (typeof type !== 'string' || type === 'tensor') return [];
    return [{ name: typeof name === 'string' ? name : null, type }];
  });
  return read.length === columns.length ? read : null;
}

function listIn(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null; // MLflow serves such a model without a check, too.
  }
}

/** The fields with the types of their columns, by name, or by position where the columns have none. */
export function withSignature(
  fields: readonly Field[],
  signature: Signature | null,
): readonly Field[] {
  if (signature === null) return fields;
  const byName = new Map(
    signature.flatMap(({ name, type }) => (name === null ? [] : [[name, type]])),
  );
  const byPosition = byName.size === 0 && signature.length === fields.length;
  return fields.map((field, at) =>
    withType(field, byPosition ? signature[at]!.type : byName.get(field.name)),
  );
}

/** A signature tells numbers apart; a field that an encoder has made a text or a truth value stays one. */
function withType(field: Field, type: string | undefined): Field {
  if (field.type !== 'number') return field;
  const { truths: _, ...stated } = field;
  if (type === 'integer' || type === 'long') return { ...stated, integer: true };
  if (type === 'double' || type === 'float') return stated;
  if (type !== 'boolean') return field;
  const { name, description } = field;
  return { name, type: 'boolean', ...(description !== undefined && { description }) };
}
