import { expect, test } from 'vitest';

import { daysOfDate, secondsOfDatetime } from '../../src/schema/dates.ts';

test.each([
  { text: '1970-01-01', days: 0 },
  { text: '1969-12-31', days: -1 },
  { text: '2000-02-29', days: 11_016 },
  { text: '2026-01-31', days: 20_484 },
  { text: '0001-01-01', days: -719_162 },
  { text: '9999-12-31', days: 2_932_896 },
])('the date $text is day $days', ({ text, days }) => {
  expect(daysOfDate(text)).toBe(days);
});

test.each([
  '',
  '0000-01-01',
  '2023-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-04-31',
  '2026-4-3',
  '26-04-03',
  '04/03/2026',
  '2026-04-03T00:00',
  ' 2026-04-03',
  '+02026-04-03',
])('%j is no date', (text) => {
  expect(daysOfDate(text)).toBeNull();
});

test.each([
  { text: '1970-01-01T00:00:00Z', seconds: 0 },
  { text: '1970-01-01 00:01', seconds: 60 },
  { text: '2026-01-31T12:00:00+02:00', seconds: 1_769_853_600 },
  { text: '2026-01-31T12:00:00-02:00', seconds: 1_769_868_000 },
  { text: '2026-01-31T12:00:00.5', seconds: 1_769_860_800.5 },
  { text: '2026-01-31T12:00:00.123456Z', seconds: 1_769_860_800.123456 },
  { text: '1969-12-31T23:59:59.9Z', seconds: -0.1 },
  { text: '9999-12-31T23:59:59.999999Z', seconds: 253_402_300_800 },
  { text: '0001-01-01T00:00:00Z', seconds: -62_135_596_800 },
])('the time $text is second $seconds', ({ text, seconds }) => {
  expect(secondsOfDatetime(text)).toBe(seconds);
});

test.each([
  '2026-01-31',
  '2026-02-30T00:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T12:60:00Z',
  '2026-01-31T12:00:60Z',
  '2026-01-31T12:00:00.Z',
  '2026-01-31T12:00:00.1234567Z',
  '2026-01-31T12:00:00+14:01',
  '2026-01-31T12:00:00+0200',
  '2026-01-31T12Z',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
])('%j is no time', (text) => {
  expect(secondsOfDatetime(text)).toBeNull();
});
