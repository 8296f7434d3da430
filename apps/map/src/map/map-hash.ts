/** Where the map is, as the address says it after `#`: how near, and the place in its middle. */
export interface MapPlace {
  readonly zoom: number;
  readonly latitude: number;
  readonly longitude: number;
}

/** Null where the address says none, or none that can be. */
export function readMapPlace(hash: string): MapPlace | null {
  const found = /^#map=(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/.exec(hash);
  if (found === null) return null;
  const [zoom = 1, latitude = 0, longitude = 0] = found.slice(1).map(Number);
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { zoom, latitude, longitude } : null;
}

export function writeMapPlace({ zoom, latitude, longitude }: MapPlace): string {
  return `#map=${zoom.toFixed(1)}/${latitude.toFixed(2)}/${longitude.toFixed(2)}`;
}
