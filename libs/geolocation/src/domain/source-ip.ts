import { type IpAddress, parseIpAddress } from './ip-address.js';
import type { TrustsHop } from './trusted-proxies.js';

/**
 * The address an event comes from: the peer's, unless the peer is a trusted proxy; then the right-most entry of
 * X-Forwarded-For that is not a trusted proxy itself. What the client wrote into the header stands further left and is
 * never reached. A malformed entry ends the walk: the last address that was sure is the source.
 * @param peer the address of the TCP peer
 * @param forwardedFor the header's value, entries separated by commas, each an address with or without a port
 */
export function sourceIpOf(peer: string, forwardedFor: string | undefined, trusts: TrustsHop): IpAddress | null {
  let source = parseIpAddress(peer);
  if (source === null || forwardedFor === undefined) return source;
  const entries = forwardedFor.split(',');
  for (let hop = 0; trusts(source, hop); hop++) {
    const entry = entries.pop();
    const next = entry === undefined ? null : parseIpAddress(withoutPort(entry.trim()));
    if (next === null) break;
    source = next;
  }
  return source;
}

/** `1.2.3.4:567` and `[2001:db8::1]:567` carry a port, `[2001:db8::1]` brackets; a bare IPv6 address has neither. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(entry);
  if (bracketed?.[1] !== undefined) return bracketed[1].includes(':') ? bracketed[1] : '';
  return entry.replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, '$1');
}
