import { countryName } from '../text/formatters.js';
import type { MapPoint } from './map-point.js';

/** The located events of a city. */
export interface Place {
  readonly key: string;
  readonly name: string;
  readonly count: number;
  readonly newestMs: number;
}

/** The city and the country of a point, as far as they are known; empty where neither is. */
export function placeNameOf({ city, countryCode }: MapPoint): string {
  const country = countryCode === null ? null : countryName(countryCode);
  return [city, country].filter((part) => part !== null).join(', ');
}

/** The points by city and country, whatever the map shows of them: the place of most first, and of as many by name. */
export function placesOf(points: Iterable<MapPoint>): Place[] {
  const places = new Map<string, Place>();
  for (const point of points) {
    const key = `${point.countryCode ?? ''}/${point.city ?? ''}`;
    const { name, count, newestMs } = places.get(key) ?? {
      name: placeNameOf(point) || 'Unnamed',
      count: 0,
      newestMs: -Infinity,
    };
    places.set(key, { key, name, count: count + 1, newestMs: Math.max(newestMs, point.receivedMs) });
  }
  return [...places.values()].sort((one, other) => other.count - one.count || one.name.localeCompare(other.name));
}

/** The names of the places of the points, that of most first. */
export function namesOf(points: readonly MapPoint[]): string[] {
  return placesOf(points.filter((point) => placeNameOf(point) !== '')).map(({ name }) => name);
}
