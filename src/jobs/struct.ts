import { PoisonError } from './poison.ts';

/** google.protobuf.Struct as protobufjs has it: JSON's object in protobuf. */
export interface StructMessage {
  readonly fields?: Readonly<Record<string, ValueMessage>>;
}

interface ValueMessage {
  readonly kind?: string;
  readonly nullValue?: number;
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly structValue?: StructMessage;
  readonly listValue?: { readonly values?: readonly ValueMessage[] };
}

/** A payload is an object of values, or a list of such: what is deeper is nothing that a model reads. */
const DEPTH_MAX = 8;

export function structOf(object: Readonly<Record<string, unknown>>): StructMessage {
  const entries = Object.entries(object).map(([name, value]) => [name, messageOf(value)] as const);
  return { fields: Object.fromEntries(entries) };
}

function messageOf(value: unknown): ValueMessage {
  if (value === null || value === undefined) return { nullValue: 0 };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(messageOf) } };
  return { structValue: structOf(value as Record<string, unknown>) };
}

/** @throws {PoisonError} */
export function objectOf(struct: StructMessage, depth = 0): Record<string, unknown> {
  if (depth > DEPTH_MAX) throw new PoisonError(`the payload is deeper than ${DEPTH_MAX} levels`);
  const entries = Object.entries(struct.fields ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, valueOf(value, depth + 1)]));
}

function valueOf(value: ValueMessage, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new PoisonError(`the payload is deeper than ${DEPTH_MAX} levels`);
  const { kind, structValue, listValue } = value;
  if (kind === 'numberValue') return value.numberValue;
  if (kind === 'stringValue') return value.stringValue;
  if (kind === 'boolValue') return value.boolValue;
  if (kind === 'structValue') return objectOf(structValue!, depth);
  if (kind === 'listValue') {
    return (listValue!.values ?? []).map((each) => valueOf(each, depth + 1));
  }
  return null; // nullValue, and a value that was left out.
}
