import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { ThicketError } from '../core/errors.ts';
import { availableCpus } from './cpus.ts';
import { Settings, type Environment } from './settings.ts';

/** All settings, parsed once at the start and frozen. Every bound of a setting stands here. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Null: the embedded server. Holds a password: never log it. */
  readonly databaseUrl: string | null;
  /** The one model, where `models` is empty. */
  /** The file that describes the tables; null: the example's. */
  readonly dataset: string | null;
  readonly model: ModelSettings;
  /** Those of THICKET_MODELS, in its order; the first one answers where no name is given. */
  readonly models: readonly NamedModel[];
  readonly outcomeLevel: OutcomeLevel;
  readonly extraFields: 'ignore' | 'forbid';
  /** The shape of every model's replies; null: each model's own. */
  readonly profile: string | null;
  /** Rows, or ids of raw rows, in one request. */
  readonly batchRowsMax: number;
  /** Rows read and scored at a time within such a request. */
  readonly chunkRows: number;
  readonly scoringThreads: number;
  /** Outcomes admitted and not yet committed; one more is answered with 429. */
  readonly outcomeRowsMax: number;
  readonly bodyBytesMax: number;
  /** The same for a list of rows. */
  readonly batchBodyBytesMax: number;
  /** Of all bodies together that are under way; one more is answered with 429. */
  readonly bodiesBytesMax: number;
  /** From the first bytes of a body to its last; a later one is answered with 408. */
  readonly bodyDeadlineMs: number;
  /** Between "not ready" and closing the listener: a load balancer must notice first. */
  readonly drainDelayMs: number;
  /** How long a reply may wait for its commit before it is a 503. */
  readonly storeDeadlineMs: number;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /** A binary of uWebSockets.js instead of the product's; null: the product's. */
  readonly uwsPath: string | null;
}

export interface ModelSettings {
  readonly source: 'auto' | 'file' | 'mlflow';
  readonly uri: string | null;
  readonly path: string | null;
  /** The operator's words for the model; null: its file's own, or the name of the file. */
  readonly name: string | null;
  readonly version: string | null;
  readonly target: string | null;
}

export interface NamedModel {
  readonly name: string;
  /** A file, a folder, or the address of one. */
  readonly uri: string;
}

/** Each is a label of every metric by model, and its forest stays in memory. */
export const MODELS_MAX = 64;
/** A name stands in paths of HTTP and in metrics: nothing in it needs to be escaped there. */
const MODEL_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Above it no body is taken, whatever is set: it stands in memory while it is read. */
const BODY_BYTES_MOST = 64 * 1024 * 1024;
/** Bytes that a list may have for each of its rows: a hundred named fields take as many. */
const LISTED_ROW_BYTES = 4_096;

/** How durable a prediction is when its reply leaves. */
export type OutcomeLevel = 'stored' | 'queued' | 'none';

/** The names of our own; with the names below they are all that `.env.example` lists. */
export const OWN_NAMES: ReadonlySet<string> = new Set([
  'THICKET_HOST',
  'THICKET_PORT',
  'THICKET_DATA_DIR',
  'THICKET_DATASET',
  'THICKET_MODELS',
  'THICKET_OUTCOME_LEVEL',
  'THICKET_EXTRA_FIELDS',
  'THICKET_PROFILE',
  'THICKET_SCORING_THREADS',
  'THICKET_OUTCOME_ROWS_MAX',
  'THICKET_BODY_BYTES_MAX',
  'THICKET_BODIES_BYTES_MAX',
  'THICKET_BODY_DEADLINE_MS',
  'THICKET_DRAIN_DELAY_MS',
  'THICKET_STORE_DEADLINE_MS',
  'THICKET_LOG_LEVEL',
  'THICKET_UWS_PATH',
  'THICKET_KERNEL', // Read by the addon itself, when it chooses.
]);

/** The environment, with what a `.env` file of the working directory adds below it. */
export function readEnvironment(directory = process.cwd()): Environment {
  const file = resolve(directory, '.env');
  // Into the process itself, because the addon reads its own settings there.
  if (existsSync(file)) process.loadEnvFile(file);
  return process.env;
}

/** @throws {ThicketError} CONFIG_INVALID, one sentence, for the first setting that is wrong. */
export function parseConfig(environment: Environment): Config {
  const settings = new Settings(environment);
  settings.refuseUnknown('THICKET_', OWN_NAMES);
  const batchRowsMax = settings.whole('MAX_BATCH', { least: 1, most: 100_000, otherwise: 1_000 });
  const bodyBytesMax = settings.whole('THICKET_BODY_BYTES_MAX', {
    least: 1_024,
    most: BODY_BYTES_MOST,
    otherwise: 1024 * 1024,
  });
  const batchBytes = Math.max(bodyBytesMax, batchRowsMax * LISTED_ROW_BYTES);
  const batchBodyBytesMax = Math.min(BODY_BYTES_MOST, batchBytes);
  return Object.freeze({
    host: settings.text('THICKET_HOST') ?? '127.0.0.1',
    port: portOf(settings),
    dataDir: resolve(settings.text('THICKET_DATA_DIR') ?? '.thicket'),
    databaseUrl: databaseUrlOf(settings),
    dataset: settings.text('THICKET_DATASET'),
    model: modelOf(settings),
    models: Object.freeze(modelsOf(settings)),
    outcomeLevel: settings.oneOf('THICKET_OUTCOME_LEVEL', ['stored', 'queued', 'none'], 'stored'),
    extraFields: settings.oneOf('THICKET_EXTRA_FIELDS', ['ignore', 'forbid'], 'ignore'),
    profile: settings.text('THICKET_PROFILE'),
    batchRowsMax,
    chunkRows: settings.whole('CHUNK_SIZE', { least: 1, most: 100_000, otherwise: 200 }),
    scoringThreads: settings.whole('THICKET_SCORING_THREADS', {
      least: 1,
      most: 256,
      otherwise: availableCpus(),
    }),
    // 100,000 outcomes of about 1 KiB are 100 MB: what a small instance can hold while Postgres is away.
    outcomeRowsMax: settings.whole('THICKET_OUTCOME_ROWS_MAX', {
      least: batchRowsMax,
      most: 10_000_000,
      otherwise: Math.max(batchRowsMax, 100_000),
    }),
    bodyBytesMax,
    batchBodyBytesMax,
    // Received and read, a body of the worst shape takes some eight times its bytes: half of a small heap.
    bodiesBytesMax: settings.whole('THICKET_BODIES_BYTES_MAX', {
      least: 2 * batchBodyBytesMax,
      most: 4 * 1024 ** 3,
      otherwise: Math.max(2 * batchBodyBytesMax, 32 * 1024 ** 2),
    }),
    // A body of 1 MiB at 35 KB/s, which every phone sends.
    bodyDeadlineMs: settings.whole('THICKET_BODY_DEADLINE_MS', {
      least: 1_000,
      most: 600_000,
      otherwise: 30_000,
    }),
    // Load balancers probe every 5 s as they come; one probe must see "not ready".
    drainDelayMs: settings.whole('THICKET_DRAIN_DELAY_MS', {
      least: 0,
      most: 600_000,
      otherwise: 5_000,
    }),
    storeDeadlineMs: settings.whole('THICKET_STORE_DEADLINE_MS', {
      least: 100,
      most: 600_000,
      otherwise: 5_000,
    }),
    logLevel: settings.oneOf(
      'THICKET_LOG_LEVEL',
      ['trace', 'debug', 'info', 'warn', 'error'],
      'info',
    ),
    uwsPath: pathOf(settings, 'THICKET_UWS_PATH'),
  });
}

function pathOf(settings: Settings, name: string): string | null {
  const path = settings.text(name);
  return path === null ? null : resolve(path);
}

function portOf(settings: Settings): number {
  const name = settings.text('THICKET_PORT') === null ? 'PORT' : 'THICKET_PORT';
  return settings.whole(name, { least: 0, most: 65_535, otherwise: 8_000 });
}

function modelOf(settings: Settings): ModelSettings {
  return Object.freeze({
    source: settings.oneOf('MODEL_SOURCE', ['auto', 'file', 'mlflow'], 'auto'),
    uri: settings.text('MODEL_URI', 'MLFLOW_MODEL_URI'),
    path: settings.text('MODEL_PATH'),
    name: settings.text('MODEL_NAME'),
    version: settings.text('MODEL_VERSION'),
    target: settings.text('TARGET_NAME'),
  });
}

/** The sentences repeat names and no addresses: an address may hold a password. */
function modelsOf(settings: Settings): NamedModel[] {
  const entries = settings.text('THICKET_MODELS')?.split(',') ?? [];
  if (entries.length > MODELS_MAX) {
    throw invalidModels(`names ${entries.length} models, and at most ${MODELS_MAX} can be live`);
  }
  const names = new Set<string>();
  return entries.map((entry, at) => {
    const [, name, uri] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(entry) ?? [];
    if (name === undefined || uri === undefined || uri === '') {
      throw invalidModels(`must be NAME=PATH_OR_URI,NAME2=...; entry ${at + 1} is not`);
    }
    if (!MODEL_NAME.test(name)) {
      const rule = 'at most 128 letters, digits, ".", "_" and "-", and begins with none of ".-"';
      throw invalidModels(`has ${JSON.stringify(name)} for a name; a name is ${rule}`);
    }
    if (names.has(name)) throw invalidModels(`names ${name} twice`);
    names.add(name);
    return Object.freeze({ name, uri });
  });
}

function invalidModels(what: string): ThicketError {
  return new ThicketError('CONFIG_INVALID', `THICKET_MODELS ${what}`);
}

/** `DATABASE_URL`, or one put together from the split names of the replaced service. */
function databaseUrlOf(settings: Settings): string | null {
  const whole = settings.text('DATABASE_URL');
  if (whole !== null) return checkedUrl(whole);
  const host = settings.text('DB_HOST', 'POSTGRES_HOST');
  if (host === null) return null;
  const url = new URL('postgres://localhost');
  url.hostname = host;
  const portName = settings.text('DB_PORT') === null ? 'POSTGRES_PORT' : 'DB_PORT';
  url.port = String(settings.whole(portName, { least: 1, most: 65_535, otherwise: 5_432 }));
  url.username = encodeURIComponent(settings.text('DB_USER', 'POSTGRES_USER') ?? 'postgres');
  url.password = encodeURIComponent(settings.text('DB_PASSWORD', 'POSTGRES_PASSWORD') ?? '');
  url.pathname = encodeURIComponent(settings.text('DB_NAME', 'POSTGRES_DB') ?? 'postgres');
  return url.href;
}

function checkedUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') {
    // The value may hold a password: the sentence must not repeat it.
    throw new ThicketError('CONFIG_INVALID', 'DATABASE_URL must be a postgres:// address');
  }
  return text;
}
