import { beforeAll, describe, expect, it } from 'vitest';
import { Places } from './places.js';

describe('Places', () => {
  let places: Places;

  beforeAll(async () => {
    places = await Places.open();
  });

  it('finds the place of an IPv4 address', () => {
    expect(places.find('81.2.69.142')).toEqual({
      ip: '81.2.69.142',
      country_code: 'GB',
      country: 'United Kingdom',
      region: 'England',
      city: 'London',
      latitude: expect.closeTo(51.5, 1) as number,
      longitude: expect.closeTo(-0.1, 1) as number,
      timezone: null,
    });
  });

  it('finds the place of an IPv6 address', () => {
    expect(places.find('2a00:1450:4009:80b::200e')).toMatchObject({ country_code: 'GB', city: 'London' });
  });

  it('finds places on the other side of the world', () => {
    expect(places.find('200.160.2.3')).toMatchObject({ country_code: 'BR', country: 'Brazil' });
  });

  it('takes IPv4-mapped IPv6 as IPv4 and answers for the address that was asked', () => {
    const plain = places.find('81.2.69.142');
    expect(places.find('::ffff:81.2.69.142')).toEqual({ ...plain, ip: '::ffff:81.2.69.142' });
    expect(places.find('::ffff:5102:458e')).toEqual({ ...plain, ip: '::ffff:5102:458e' });
  });

  it.each(['127.0.0.1', '10.0.0.1', '203.0.113.5', '0.0.0.0', '::1', 'fe80::1', '2001:db8::1'])(
    'knows no place for %s',
    (address) => {
      expect(places.find(address)).toBeNull();
    },
  );

  it('says how to install the database when it is missing', async () => {
    const notThere = () => {
      throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
    };
    await expect(Places.open(notThere)).rejects.toThrow(/`npm ci` without `--omit=dev`.*GEOIP_URL/);
  });

  it('says how to install the database when its files are missing', async () => {
    await expect(Places.open((specifier) => `/nowhere/${specifier}`)).rejects.toThrow(/which are not installed/);
  });

  it('passes other faults of the database on', async () => {
    await expect(Places.open(() => import.meta.dirname)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
