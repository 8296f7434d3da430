const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

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
  local.setUTCHours(hour, minute, second, Math.trunc(Number(match[7] ?? 0) * 1000));
  const epochMs = local.getTime() - offsetMinutes * 60_000;
  const utcYear = new Date(epochMs).getUTCFullYear();
  return utcYear >= 0 && utcYear <= 9999 ? epochMs : null;
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
