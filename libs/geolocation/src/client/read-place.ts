import type { Place } from '../domain/location.js';

const LONGEST_TEXT = 200;
const countryNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

type Json = Record<string, unknown>;

/**
 * Reads a place from an answer in any of the shapes in common use: flat (country_code, lat, lon, …), ipinfo's (country as
 * code, `loc`), and MaxMind's nested one. The API's own shape is not documented, so the fields are sought by name.
 * @returns null when the answer names neither country nor coordinates, 'bad' when it is no JSON object or absurd
 */
export function readPlace(answer: unknown): Place | null | 'bad' {
  if (!isObject(answer)) return 'bad';
  const countryCode = readCountryCode(answer);
  const coordinates = readCoordinates(answer);
  const place: Place = {
    countryCode,
    country: readCountryName(answer, countryCode),
    region: firstText(
      answer['region_name'],
      answer['regionName'],
      answer['region'],
      answer['subdivision'],
      englishName(firstOf(answer['subdivisions'])),
    ),
    city: firstText(answer['city'], englishName(answer['city'])),
    latitude: coordinates?.latitude ?? null,
    longitude: coordinates?.longitude ?? null,
    timezone: firstText(answer['timezone'], answer['time_zone'], within(answer['location'], 'time_zone')),
  };
  if (Object.values(place).some((value) => typeof value === 'string' && isAbsurd(value))) return 'bad';
  return place.countryCode === null && place.country === null && coordinates === null ? null : place;
}

function readCountryCode(answer: Json): string | null {
  const candidates = [
    answer['country_code'],
    answer['countryCode'],
    within(answer['country'], 'iso_code'),
    answer['country'],
  ];
  const code = candidates.find((value) => typeof value === 'string' && /^[A-Za-z]{2}$/.test(value)) as
    string | undefined;
  return code?.toUpperCase() ?? null;
}

function readCountryName(answer: Json, countryCode: string | null): string | null {
  const plain = typeof answer['country'] === 'string' && answer['country'].length > 2 ? answer['country'] : undefined;
  const given = firstText(answer['country_name'], answer['countryName'], plain, englishName(answer['country']));
  return given ?? (countryCode === null ? null : (countryNames.of(countryCode) ?? null));
}

function readCoordinates(answer: Json): { latitude: number; longitude: number } | null {
  const nested = isObject(answer['location']) ? answer['location'] : {};
  const [locLatitude, locLongitude] = typeof answer['loc'] === 'string' ? answer['loc'].split(',') : [];
  const latitude = firstNumber(90, answer['latitude'], answer['lat'], nested['latitude'], nested['lat'], locLatitude);
  const longitude = firstNumber(
    180,
    ...[
      answer['longitude'],
      answer['lon'],
      answer['lng'],
      nested['longitude'],
      nested['lon'],
      nested['lng'],
      locLongitude,
    ],
  );
  return latitude === null || longitude === null ? null : { latitude, longitude };
}

function firstNumber(bound: number, ...candidates: unknown[]): number | null {
  for (const candidate of candidates) {
    const isNumeric = typeof candidate === 'number' || (typeof candidate === 'string' && candidate.trim() !== '');
    const value = isNumeric ? Number(candidate) : NaN;
    if (Math.abs(value) <= bound) return value;
  }
  return null;
}

function firstText(...candidates: unknown[]): string | null {
  return (candidates.find((value) => typeof value === 'string' && value.trim() !== '') as string | undefined) ?? null;
}

function englishName(value: unknown): unknown {
  return within(within(value, 'names'), 'en');
}

function within(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? (value as unknown[])[0] : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsurd(text: string): boolean {
  return text.length > LONGEST_TEXT || !text.isWellFormed() || text.includes('\0');
}
