import { join } from 'node:path';
import protobuf from 'protobufjs';

import { PACKAGE_ROOT } from '../core/package-root.ts';
import { PoisonError } from './poison.ts';
import { type StructMessage, objectOf, structOf } from './struct.ts';

/** A message as the broker keeps it. Its content says by itself which job it is. */
export interface Message {
  readonly content: Buffer;
  readonly contentType: string | null;
}

/** A job as a message names it. */
export interface JobMessage {
  readonly jobId: string;
  /** As a client would send it; nothing in it has been checked. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** The live model that is asked; null: the first one. */
  readonly model: string | null;
}

/**
 * A request's body is at most 64 MiB, and a broker is no place for such; 10 MB messages of other producers
 * are refused without being parsed, because their objects take many times their bytes.
 */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

export const JSON_TYPE = 'application/json';
export const PROTOBUF_TYPE = 'application/x-protobuf';

/** As RFC 9562 writes it; Postgres takes other forms too, but a job has one name. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isJobId(text: string): boolean {
  return UUID.test(text);
}

/** @throws {PoisonError} */
export function parseMessage({ content, contentType }: Message): JobMessage {
  if (content.length > MESSAGE_BYTES_MAX) {
    throw new PoisonError(
      `the message has ${content.length} bytes, and at most ${MESSAGE_BYTES_MAX} are read`,
    );
  }
  const { jobId, payload, model } =
    mediaTypeOf(contentType) === PROTOBUF_TYPE ? fromProtobuf(content) : fromJson(content);
  if (typeof jobId !== 'string' || !isJobId(jobId.toLowerCase())) {
    throw new PoisonError(`job_id is not a UUID: ${JSON.stringify(jobId)?.slice(0, 60)}`);
  }
  if (!isObject(payload)) throw new PoisonError('payload is not an object');
  if (model !== null && typeof model !== 'string') throw new PoisonError('model is no text');
  return { jobId: jobId.toLowerCase(), payload, model: model === '' ? null : model };
}

export function jsonMessage({ jobId, payload, model }: JobMessage): Message {
  const named = model === null ? {} : { model };
  return {
    content: Buffer.from(JSON.stringify({ job_id: jobId, payload, ...named })),
    contentType: JSON_TYPE,
  };
}

export function protobufMessage({ jobId, payload, model }: JobMessage): Message {
  const message = { jobId, payload: structOf(payload), model: model ?? '' };
  return { content: Buffer.from(jobType().encode(message).finish()), contentType: PROTOBUF_TYPE };
}

interface Unchecked {
  readonly jobId: unknown;
  readonly payload: unknown;
  readonly model: unknown;
}

function fromJson(content: Buffer): Unchecked {
  let parsed: unknown;
  try {
    parsed = JSON.parse(utf8(content));
  } catch (error) {
    throw new PoisonError('the message is neither JSON nor marked as protobuf', { cause: error });
  }
  if (!isObject(parsed)) throw new PoisonError('the message is not a JSON object');
  return { jobId: parsed['job_id'], payload: parsed['payload'], model: parsed['model'] ?? null };
}

function fromProtobuf(content: Buffer): Unchecked {
  let job: { jobId?: string; payload?: StructMessage | null; model?: string };
  try {
    job = jobType().decode(content) as typeof job;
  } catch (error) {
    throw new PoisonError('the message is no protobuf message of a job', { cause: error });
  }
  const { jobId, payload, model } = job;
  return {
    jobId,
    payload: payload === null || payload === undefined ? null : objectOf(payload),
    model: model ?? null,
  };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function utf8(content: Buffer): string {
  return UTF8.decode(content);
}

/** Producers write parameters behind it, such as a charset. */
function mediaTypeOf(contentType: string | null): string {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

let loaded: protobuf.Type | null = null;

function jobType(): protobuf.Type {
  loaded ??= protobuf
    .loadSync(join(PACKAGE_ROOT, 'proto/jobs.proto'))
    .lookupType('thicket.jobs.Job');
  return loaded;
}
