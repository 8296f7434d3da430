import type { BoundingBox } from '../domain/event-filter.js';

/** As programs print numbers: 0.05 may be 0.054931640625000014 or 5e-2. */
const DEGREES = /^-?(\d{1,3}(\.\d{0,30})?|\.\d{1,30})(e-\d{1,3})?$/i;

/**
 * Reads west,south,east,north in degrees, in the order of RFC 7946, section 5. West may lie beyond east: the box then
 * crosses the antimeridian.
 * @returns null for other text, for degrees that the Earth has not, and where south lies beyond north
 */
export function readBoundingBox(text: string): BoundingBox | null {
  const parts = text.split(',');
  if (parts.length !== 4 || !parts.every((part) => DEGREES.test(part))) return null;
  // Without a minus before 0, which JSON does not keep.
  const [west, south, east, north] = parts.map((part) => Number(part) + 0) as [number, number, number, number];
  const isOnEarth = [west, east].every((degrees) => Math.abs(degrees) <= 180) && south >= -90 && north <= 90;
  return isOnEarth && south <= north ? { west, south, east, north } : null;
}
