import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LocalPlaces, LocalPlacesError } from './local-places.js';

describe('LocalPlaces, packaged', () => {
  let places: LocalPlaces;

  beforeAll(async () => {
    places = await LocalPlaces.open('packaged');
  });

  it('knows places of IPv4 and IPv6 addresses', () => {
    expect(places.find('81.2.69.142')).toMatchObject({
      countryCode: 'GB',
      country: 'United Kingdom',
      region: 'England',
      city: 'London',
    });
    expect(places.find('2a00:1450:4009:80b::200e')).toMatchObject({ countryCode: 'GB', city: 'London' });
  });

  it('gives degrees without the noise of 32-bit floats', () => {
    const place = places.find('133.11.93.0');
    for (const degrees of [place?.latitude, place?.longitude]) {
      expect(String(degrees)).toMatch(/^-?\d+(\.\d{1,4})?$/);
    }
  });

  it('knows nothing of a private address', () => {
    expect(places.find('10.0.0.1')).toBeNull();
  });
});

describe('LocalPlaces from a file', () => {
  it('names the setting and the file where there is none', async () => {
    const opening = LocalPlaces.open('/nowhere/places.mmdb');
    await expect(opening).rejects.toThrow(LocalPlacesError);
    await expect(opening).rejects.toThrow(/^GEOIP_FALLBACK_MMDB: cannot read \/nowhere\/places\.mmdb: ENOENT/);
  });

  it('refuses a file of another format', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whence-places-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'text.mmdb');
    await writeFile(path, 'This is no database.');
    await expect(LocalPlaces.open(path)).rejects.toThrow(`GEOIP_FALLBACK_MMDB: cannot read ${path}: `);
  });
});
