const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/;

const BEYOND_MILLISECONDS = /\.\d{3}\d*[1-9]/;

/** What is said of other text. */
export const TIME_EXPECTED =
  'expected a time such as 2026-11-23T18:00:00.123Z or 2026-11-23T19:00:00+01:00: RFC 3339 with an offset, on a day that ' +
  'there is, its seconds not beyond 59';

/**
 * Reads an RFC 3339 date-time, such as 2026-11-23T18:00:00.123Z or 2026-11-23T19:00:00+01:00. Digits beyond milliseconds
 * are dropped.
 * @returns milliseconds since 1970, or null for other text, for days that no calendar has, for leap seconds, and for
 *   years that are not 0000 to 9999 in UTC
 */
export function readRfc3339(text: string): number | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = match[8] ?? 'Z';
  const offsetMinutes = readOffsetMinutes(offset);
  const isClockTime = hour <= 23 && minute <= 59 && second <= 59;
  if (!isClockTime || offsetMinutes === null || !isCalendarDay(year, month, day)) return null;
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  local.setUTCHours(hour, minute, second, Number((match[7] ?? '').slice(0, 3).padEnd(3, '0')));
  const epochMs = local.getTime() - offsetMinutes * 60_000;
  const utcYear = new Date(epochMs).getUTCFullYear();
  return utcYear >= 0 && utcYear <= 9999 ? epochMs : null;
}

/**
 * The same as the bound of a range of whole milliseconds, whichever side of the bound the range is on: the first millisecond
 * that is not before the time. One that is before it by the digits that are dropped would else be taken for it.
 */
export function readRfc3339Bound(text: string): number | null {
  const epochMs = readRfc3339(text);
  return epochMs === null ? null : epochMs + (BEYOND_MILLISECONDS.test(text) ? 1 : 0);
}

/** Whether the first of two times is the earlier one, by all their digits. False where either is no time. */
export function isBeforeRfc3339(one: string, other: string): boolean {
  const [oneMs, otherMs] = [readRfc3339(one), readRfc3339(other)];
  if (oneMs === null || otherMs === null) return false;
  return oneMs === otherMs ? digitsBeyondMilliseconds(one) < digitsBeyondMilliseconds(other) : oneMs < otherMs;
}

/** Without zeros at the end, so that the order of the texts is that of the numbers. */
function digitsBeyondMilliseconds(text: string): string {
  return (RFC_3339.exec(text)?.[7] ?? '').slice(3).replace(/0+$/, '');
}

function readOffsetMinutes(offset: string): number | null {
  if (offset.toUpperCase() === 'Z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4, 6));
  if (hours > 23 || minutes > 59) return null;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** Date rolls impossible days over (30 February becomes 2 March), so a day exists iff it comes back unchanged. */
function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
