import { describe, expect, it } from 'vitest';
import { readMapPlace, writeMapPlace } from './map-hash.js';

describe('the place in the address', () => {
  it('is read as it was written', () => {
    const hash = writeMapPlace({ zoom: 4.25, latitude: -33.87, longitude: 151.2 });
    expect(hash).toBe('#map=4.3/-33.87/151.20');
    expect(readMapPlace(hash)).toEqual({ zoom: 4.3, latitude: -33.87, longitude: 151.2 });
  });

  it.each(['', '#', '#map=', '#map=1/2', '#map=1/91/0', '#map=1/0/181', '#map=a/b/c', '#other'])(
    'is none in %j',
    (hash) => expect(readMapPlace(hash)).toBeNull(),
  );
});
