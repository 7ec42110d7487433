/**
 * Dates and times as ISO 8601 text, and the number that a model reads: whole days, or seconds, since the
 * start of 1970 in UTC. A time without an offset is in UTC. The years are 1 to 9999, as four digits.
 */

export type DateType = 'date' | 'datetime';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATETIME =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(?:Z|([+-])(\d{2}):(\d{2}))?$/;

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;
/** No clock on earth is further from UTC. */
const OFFSET_MINUTES_MAX = 14 * 60;
/** 0001-01-01, and the day after 9999-12-31. */
const FIRST_DAY = -719_162;
const LAST_DAY_END = 2_932_897;

/** For messages and documents. */
export const DATE_EXAMPLES: Readonly<Record<DateType, string>> = {
  date: '2026-01-31',
  datetime: '2026-01-31T12:00:00Z',
};

/** The number of a date or a time; null for any other text. */
export const NUMBER_OF: Readonly<Record<DateType, (text: string) => number | null>> = {
  date: daysOfDate,
  datetime: secondsOfDatetime,
};

/** The text whose number lies nearest, in whole days or seconds. */
export function textOf(type: DateType, number: number): string {
  const perDay = type === 'date' ? 1 : DAY_SECONDS;
  const within = Math.min(Math.max(number, FIRST_DAY * perDay), LAST_DAY_END * perDay - 1);
  const text = new Date(Math.round(within) * (DAY_MS / perDay)).toISOString();
  return type === 'date' ? text.slice(0, 10) : text;
}

export function isDateType(type: string): type is DateType {
  return type === 'date' || type === 'datetime';
}

/** Days since 1970-01-01 of `2026-01-31`; null for any other text, and for a day that is no day. */
export function daysOfDate(text: string): number | null {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || year === 0) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month! - 1, day);
  const exists = date.getUTCMonth() === month! - 1 && date.getUTCDate() === day!;
  return exists ? date.getTime() / DAY_MS : null;
}

/**
 * Seconds since 1970-01-01T00:00:00Z of `2026-01-31T12:00:00Z`: `T` or a space, seconds and up to six
 * digits of a fraction where there are any, then nothing, `Z` or an offset such as `+02:00`.
 */
export function secondsOfDatetime(text: string): number | null {
  const [, date, hour, minute, second = '0', fraction = '', sign, ...offset] =
    DATETIME.exec(text) ?? [];
  const days = date === undefined ? null : daysOfDate(date);
  if (days === null) return null;
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const offsetMinutes = sign === undefined ? 0 : offsetMinutesOf(sign, offset);
  if (offsetMinutes === null) return null;
  const whole = days * DAY_SECONDS + hours * 3_600 + (minutes - offsetMinutes) * 60 + seconds;
  if (whole < FIRST_DAY * DAY_SECONDS || whole >= LAST_DAY_END * DAY_SECONDS) return null;
  return withFraction(whole, fraction);
}

function offsetMinutesOf(sign: string, [hour, minute]: readonly string[]): number | null {
  const minutes = Number(hour) * 60 + Number(minute);
  if (Number(minute) > 59 || minutes > OFFSET_MINUTES_MAX) return null;
  return sign === '-' ? -minutes : minutes;
}

/** The double nearest to the decimal number: a sum of doubles would be rounded twice. */
function withFraction(whole: number, fraction: string): number {
  if (fraction === '') return whole;
  const micros = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  const digits = String(micros < 0n ? -micros : micros).padStart(7, '0');
  return Number(`${micros < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`);
}
