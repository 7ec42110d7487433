import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { MODELS_MAX, parseConfig, readEnvironment } from '../../src/ops/config.ts';

const refused = (environment: Record<string, string>) => {
  try {
    parseConfig(environment);
  } catch (error) {
    return error;
  }
  return 'accepted';
};

test('without any setting, everything has its documented default', () => {
  expect(parseConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 8_000,
    dataDir: resolve('.thicket'),
    databaseUrl: null,
    dataset: null,
    model: { source: 'auto', uri: null, path: null, name: null, version: null, target: null },
    models: [],
    outcomeLevel: 'stored',
    extraFields: 'ignore',
    profile: null,
    batchRowsMax: 1_000,
    chunkRows: 200,
    outcomeRowsMax: 100_000,
    bodyBytesMax: 1_048_576,
    drainDelayMs: 5_000,
    storeDeadlineMs: 5_000,
    logLevel: 'info',
    uwsPath: null,
  });
});

test('the config cannot be changed', () => {
  const config = parseConfig({});
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.model)).toBe(true);
});

test.each([
  { name: 'an empty value is no value', environment: { THICKET_PORT: ' ', PORT: '81' }, port: 81 },
  { name: 'THICKET_PORT wins', environment: { THICKET_PORT: '80', PORT: '81' }, port: 80 },
  { name: '0 takes a free port', environment: { THICKET_PORT: '0' }, port: 0 },
])('$name', ({ environment, port }) => {
  expect(parseConfig(environment).port).toBe(port);
});

test.each([
  [
    'the split names of the replaced service',
    { DB_HOST: 'db', DB_NAME: 'orders', DB_USER: 'me', DB_PASSWORD: 'p@ss/word' },
    'postgres://me:p%40ss%2Fword@db:5432/orders',
  ],
  [
    'Postgres’s own names',
    { POSTGRES_HOST: 'db', POSTGRES_PORT: '6000', POSTGRES_DB: 'orders', POSTGRES_USER: 'me' },
    'postgres://me@db:6000/orders',
  ],
  [
    'DATABASE_URL, which wins',
    { DATABASE_URL: 'postgres://u:p@other/x', DB_HOST: 'db' },
    'postgres://u:p@other/x',
  ],
])('the database is named by %s', (_, environment, url) => {
  expect(parseConfig(environment).databaseUrl).toBe(url);
});

test('THICKET_PROFILE is any name: the profiles are known where replies are written', () => {
  expect(parseConfig({ THICKET_PROFILE: ' retail ' }).profile).toBe('retail');
});

test('THICKET_MODELS names models in its own order', () => {
  const { models } = parseConfig({
    THICKET_MODELS: 'churn=models/churn.thicket, margin-2.1 = file:///m/a=b.joblib',
  });
  expect(models).toEqual([
    { name: 'churn', uri: 'models/churn.thicket' },
    { name: 'margin-2.1', uri: 'file:///m/a=b.joblib' },
  ]);
  expect(Object.isFrozen(models)).toBe(true);
});

test.each([
  { models: 'secret.thicket', message: /must be NAME=PATH_OR_URI,NAME2=\.\.\.; entry 1 is not$/ },
  { models: 'a=x,', message: /entry 2 is not$/ },
  { models: 'a=x,b=', message: /entry 2 is not$/ },
  { models: '=secret', message: /has "" for a name/ },
  { models: 'a b=secret', message: /has "a b" for a name; a name is at most 128 letters/ },
  { models: '..=secret', message: /has "\.\." for a name/ },
  { models: `${'n'.repeat(129)}=secret`, message: /for a name/ },
  { models: 'a=x,b=y,a=secret', message: /names a twice$/ },
  {
    models: Array.from({ length: MODELS_MAX + 1 }, (_, at) => `m${at}=x`).join(','),
    message: /names 65 models, and at most 64 can be live$/,
  },
])('THICKET_MODELS=$models is refused with one sentence', ({ models, message }) => {
  const error = refused({ THICKET_MODELS: models });
  expect(error).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/^THICKET_MODELS /),
  });
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
  expect(String(error)).not.toContain('secret');
});

test.each([
  { environment: { THICKET_PROT: '1' }, message: /^THICKET_PROT is not a setting/ },
  { environment: { MAX_BATCH: '0' }, message: /^MAX_BATCH must be a whole number from 1 to/ },
  { environment: { MAX_BATCH: '1e3' }, message: /^MAX_BATCH must be a whole number/ },
  { environment: { THICKET_DRAIN_DELAY_MS: '-1' }, message: /^THICKET_DRAIN_DELAY_MS must be/ },
  {
    environment: { MODEL_SOURCE: 's3' },
    message: /^MODEL_SOURCE must be one of auto, file, mlflow/,
  },
  { environment: { DATABASE_URL: 'mysql://u:secret@h/d' }, message: /^DATABASE_URL must be/ },
  {
    environment: { MAX_BATCH: '5000', THICKET_OUTCOME_ROWS_MAX: '4999' },
    message: /^THICKET_OUTCOME_ROWS_MAX must be a whole number from 5000/,
  },
])('$environment is refused with one sentence, without its secrets', ({ environment, message }) => {
  const error = refused(environment);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
  expect(String(error)).not.toContain('secret');
});

const directory = mkdtempSync(join(tmpdir(), 'thicket-env-'));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  delete process.env['TARGET_NAME'];
});

test('a .env file is read, and the real environment wins over it', () => {
  writeFileSync(join(directory, '.env'), 'TARGET_NAME=from_file\nHOME=/from/file\n');
  const environment = readEnvironment(directory);
  expect(environment['TARGET_NAME']).toBe('from_file');
  expect(environment['HOME']).not.toBe('/from/file');
});
