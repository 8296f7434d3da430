import { describe, expect, it } from 'vitest';
import type { MapPoint } from './map-point.js';
import { namesOf, placesOf } from './places.js';

let made = 0;
const point = (city: string | null, countryCode: string | null, receivedMs = 0): MapPoint => ({
  taskId: `${made++}`,
  name: null,
  city,
  countryCode,
  receivedMs,
  // Wherever they are drawn: next to each other, or far from each other.
  x: made * 7,
  y: (made * 31) % 480,
});

describe('places', () => {
  const points = [
    point('Newport', 'US', 3),
    point('London', 'CA'),
    point('London', 'GB', 5),
    point('London', 'GB', 9),
    point('Cardiff', 'GB'),
    point(null, 'GB'),
    point(null, null),
  ];

  it('are cities of countries, also where two are called alike or are drawn as one', () => {
    expect(placesOf(points).map(({ name, count, newestMs }) => [name, count, newestMs])).toEqual([
      ['London, United Kingdom', 2, 9],
      ['Cardiff, United Kingdom', 1, 0],
      ['London, Canada', 1, 0],
      ['Newport, United States', 1, 3],
      ['United Kingdom', 1, 0],
      ['Unnamed', 1, 0],
    ]);
    expect(new Set(placesOf(points).map(({ key }) => key)).size).toBe(6);
  });

  it('name a mark, where they have a name', () => {
    expect(namesOf(points)).not.toContain('Unnamed');
    expect(namesOf(points)[0]).toBe('London, United Kingdom');
    expect(namesOf([point(null, null)])).toEqual([]);
  });
});
