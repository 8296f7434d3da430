import { LRUCache } from 'lru-cache';
import { parseIpAddress, sortableAddress } from '#libs/geolocation';

/** Most events come from addresses that others came from a moment ago, and each is tested by the filters of all streams. */
const REMEMBERED = 10_000;

const latest = new LRUCache<string, string>({ max: REMEMBERED });

/** The address as text in the order of addresses; null for what is no address, and for none. */
export function sourceIpOrder(sourceIp: string | null): string | null {
  if (sourceIp === null) return null;
  const known = latest.get(sourceIp);
  if (known !== undefined) return known;
  const address = parseIpAddress(sourceIp);
  if (address === null) return null;
  const order = sortableAddress(address);
  latest.set(sourceIp, order);
  return order;
}
