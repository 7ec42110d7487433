import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { ServerLog } from '../../src/store/embedded/server-log.ts';

const FULL = 'PANIC:  could not write to file "pg_wal/xlogtemp.7": No space left on device';
let directory: string;
let log: ServerLog;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'thicket-server-log-'));
  log = new ServerLog(join(directory, 'postgres.log'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (line: string): void => appendFileSync(log.path, `2026-12-01 UTC [7] ${line}\n`);

test('a log that is not there yet says nothing', () => {
  expect(log.fault()).toBeNull();
  expect(log.lastWords()).toBeNull();
  log.mark();
});

test('a server that the system hindered says how, and where for the operator alone', () => {
  write(FULL);
  write('FATAL:  the database system is in recovery mode');
  expect(log.fault()).toBe('No space left on device');
  expect(log.lastWords()).toBe(FULL);
});

test('an error of one statement is no reason for an end', () => {
  write('ERROR:  could not extend file "base/1/2": No space left on device');
  write('FATAL:  terminating connection due to administrator command');
  expect(log.fault()).toBeNull();
  expect(log.lastWords()).toBeNull();
});

test('lines before the mark belong to a trouble that is over', () => {
  write(FULL);
  log.mark();
  expect(log.fault()).toBeNull();
  write('FATAL:  could not open file "x": Too many open files');
  expect(log.fault()).toBe('Too many open files');
});

test('a log that began anew after the mark is read from its start', () => {
  write('LOG:  a long story '.repeat(100));
  log.mark();
  writeFileSync(log.path, `${FULL}\n`);
  expect(log.fault()).toBe('No space left on device');
});

test('only the end of a long log is read', () => {
  write(FULL);
  write('x'.repeat(20_000));
  expect(log.lastWords()).toBeNull();
});
