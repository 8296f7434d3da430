import { isIPv6 } from 'node:net';
import { open } from 'maxmind';

/** Looks addresses up in a database file. */
export interface MmdbReader {
  /** The file's own record, or null where it has none. */
  get(address: string): unknown;
}

/** Opens a file in MaxMind's format. Databases of one IP version know nothing of the other. */
export async function openMmdb(path: string): Promise<MmdbReader> {
  const reader = await open(path);
  const isForIpv4 = reader.metadata.ipVersion === 4;
  return { get: (address) => (isForIpv4 && isIPv6(address) ? null : reader.get(address)) };
}
