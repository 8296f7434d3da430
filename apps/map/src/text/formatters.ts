import type { WhenceEvent } from '../api/event-types.js';

/** Of all that the page says. */
export const LANGUAGE = 'en-GB';
const SECOND_MS = 1_000;
const number = new Intl.NumberFormat(LANGUAGE);
const fewDigits = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat(LANGUAGE, { notation: 'compact', maximumFractionDigits: 1 });
const regions = new Intl.DisplayNames(LANGUAGE, { type: 'region', fallback: 'code' });
const dateAndTime = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeStyle: 'medium' });

/** From the longest: what a duration is told in. */
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

export function countText(count: number): string {
  return number.format(count);
}

/** 1.2K for 1,234. */
export function shortCountText(count: number): string {
  return compact.format(count);
}

/** `1 event`, `2 events`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number.format(count)} ${count === 1 ? one : many}`;
}

export function rateText(perSecond: number): string {
  return perSecond < 10 ? fewDigits.format(perSecond) : number.format(Math.round(perSecond));
}

/** The largest unit that it has one of: `4 s`, `3 min`, `2 h`, `5 d`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND_MS));
  const [unit, length] = UNITS.find(([, its]) => seconds >= its) ?? ['s', 1];
  return `${number.format(Math.floor(seconds / length))} ${unit}`;
}

export function agoText(timeMs: number, nowMs: number): string {
  return nowMs - timeMs < SECOND_MS ? 'now' : `${durationText(nowMs - timeMs)} ago`;
}

/** When a pending event is expected to be located. */
export function etaText(estimatedAt: string | null, nowMs: number): string {
  if (estimatedAt === null) return 'waiting for its location';
  const leftMs = Date.parse(estimatedAt) - nowMs;
  return leftMs < SECOND_MS ? 'located any moment now' : `located in about ${durationText(leftMs)}`;
}

/** The English name of a country, or its code where it has none. */
export function countryName(code: string): string {
  return regions.of(code) ?? code;
}

export function timeText(time: string | number): string {
  return dateAndTime.format(new Date(time));
}

export function eventTitle({ name, status_code }: WhenceEvent): string {
  return name ?? `Status code ${status_code}`;
}

/** As near as it is known; for an event without a place, why. */
export function placeText(event: WhenceEvent, nowMs: number): string {
  const { location, location_error: error } = event;
  if (location !== null) {
    const country = location.country_code === null ? location.country : countryName(location.country_code);
    const parts = [location.city ?? location.region, country].filter((part) => part !== null);
    return parts.length === 0 ? coordinatesText(location.latitude, location.longitude) : parts.join(', ');
  }
  if (event.location_status === 'pending') return etaText(event.estimated_located_at, nowMs);
  return error?.message ?? 'no location';
}

export function coordinatesText(latitude: number | null, longitude: number | null): string {
  if (latitude === null || longitude === null) return 'unknown';
  const [ns, ew] = [latitude < 0 ? 'S' : 'N', longitude < 0 ? 'W' : 'E'];
  return `${Math.abs(latitude).toFixed(2)}° ${ns}, ${Math.abs(longitude).toFixed(2)}° ${ew}`;
}
