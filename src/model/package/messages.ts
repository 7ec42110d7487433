import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { PACKAGE_ROOT } from '../../core/package-root.ts';
import type { EnsembleArrayName } from '../../forest/ensemble-arrays.ts';

/**
 * The messages of proto/model.proto as protobufjs reads and writes them. Of a `oneof`, at most one
 * member is present. Absent scalars read as the defaults of proto3.
 */
export interface PackageMessage extends Carrier {
  fields?: FieldMessage[];
  stages?: StageMessage[];
  ensembles?: EnsembleMessage[];
  answer?: AnswerMessage | null;
  metadata?: MetadataMessage | null;
  histograms?: HistogramMessage[];
  golden?: GoldenRowsMessage | null;
  arrays?: ArrayMessage[];
}

/** Bytes of fields that a newer minor version wrote, kept as they are. */
export interface Carrier {
  $unknowns?: Uint8Array[];
}

export interface FieldMessage extends Carrier {
  name: string;
  type: number;
  integer?: boolean;
  truths?: boolean;
  minimum?: number;
  maximum?: number;
  description?: string;
}

export interface CategoryMessage {
  text?: string;
  number?: number;
  boolean?: boolean;
  missing?: boolean;
}

export interface CategoriesMessage {
  values?: CategoryMessage[];
}

export interface StageMessage extends Carrier {
  kind: string;
  inputs?: number[];
  parameters?: ParameterMessage[];
}

export interface ParameterMessage {
  name: string;
  number?: number;
  text?: string;
  flag?: boolean;
  array?: number;
  values?: CategoriesMessage | null;
  lists?: { lists?: CategoriesMessage[] } | null;
}

/** Of each array, its number in the package. */
export interface EnsembleMessage
  extends Carrier, Readonly<Partial<Record<EnsembleArrayName, number>>> {
  outputs: number;
  comparison: number;
  featureType: number;
  missing: number;
  sums: number;
}

export interface AnswerMessage extends Carrier {
  outputs?: OutputMessage[];
  scores?: ScoreMessage[];
}

export interface OutputMessage extends Carrier {
  number?: number;
  class?: ClassMessage | null;
}

export interface ClassMessage extends Carrier {
  labels?: CategoryMessage[];
  index: number;
  probabilities?: number[];
}

export interface ScoreMessage extends Carrier {
  name: string;
  values?: number[];
}

export interface MetadataMessage extends Carrier {
  name: string;
  version: string;
  target: string;
  sourceLibrary: string;
  sourceVersion: string;
  sourceKind: string;
  sourceDigest: string;
  createdAt: string;
  metrics?: Record<string, number>;
  profile?: string;
  idField?: string;
  positiveClass?: string;
}

export interface HistogramMessage extends Carrier {
  field: number;
  edges?: number[];
  counts?: number[];
  missing: number;
}

export interface GoldenRowsMessage extends Carrier {
  inputs?: CategoryMessage[];
  raw?: number[];
  outputs?: number[];
}

export interface ArrayMessage {
  type: number;
  length: number;
}

export interface ChunkMessage {
  array: number;
  data: Uint8Array;
}

const PROTO_FILE = join(PACKAGE_ROOT, 'proto', 'model.proto');

const types = loadTypes();

export function encodePackage(message: PackageMessage): Uint8Array {
  return types.package.encode(message).finish();
}

/** Throws protobufjs's own errors on bytes that are no such message. */
export function decodePackage(bytes: Uint8Array): PackageMessage {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  return types.package.decode(reader);
}

export function decodeChunk(bytes: Uint8Array): ChunkMessage {
  return types.chunk.decode(bytes) as protobuf.Message & ChunkMessage;
}

function loadTypes(): { package: protobuf.Type; chunk: protobuf.Type } {
  const schema = protobuf.parse(readFileSync(PROTO_FILE, 'utf8')).root;
  return {
    package: schema.lookupType('thicket.model.Package'),
    chunk: schema.lookupType('thicket.model.Chunk'),
  };
}
