import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { PlaceRecord, PlacesDatabase } from './places-database.js';
import { openPlacesDatabase } from './places-database.js';

/** The licence of DB-IP Lite asks for this wherever its places are shown. */
export const ATTRIBUTION = 'IP Geolocation by DB-IP, https://db-ip.com, CC BY 4.0';

/** Where an address is, in the words of the API's answer. Latitude and longitude are in degrees. */
export interface Place {
  ip: string;
  country_code: string;
  country: string;
  region: string | null;
  city: string | null;
  latitude: number;
  longitude: number;
  timezone: string | null;
}

/** Real places of IP addresses, from DB-IP Lite held in memory; a find takes microseconds. */
export class Places {
  readonly #countryNames = new Intl.DisplayNames('en', { type: 'region' });

  private constructor(private readonly database: PlacesDatabase) {}

  /** Throws an Error that says what to do when the database's package is not installed. */
  static async open(resolve?: (specifier: string) => string): Promise<Places> {
    return new Places(await openPlacesDatabase(resolve));
  }

  /** The place of a valid address; null when none is known, as for private ones. IPv4-mapped IPv6 is IPv4. */
  find(address: string): Place | null {
    const plain = ipaddr.process(address).toString();
    const record = (isIPv4(plain) ? this.database.ipv4 : this.database.ipv6).get(plain);
    return record?.country_code ? this.#place(address, record) : null;
  }

  #place(ip: string, record: PlaceRecord): Place {
    return {
      ip,
      country_code: record.country_code,
      country: this.#countryNames.of(record.country_code) ?? record.country_code,
      region: record.state1 || null,
      city: record.city || null,
      latitude: rounded(record.latitude),
      longitude: rounded(record.longitude),
      timezone: record.timezone || null,
    };
  }
}

/** The file holds 32-bit floats, whose further digits are noise; four decimals are 11 m, finer than any of its places. */
function rounded(degrees: number): number {
  return Math.round(degrees * 10_000) / 10_000;
}
