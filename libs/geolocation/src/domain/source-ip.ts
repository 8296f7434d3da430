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
  return forwardedSourceOf(peer, forwardedFor ?? '', trusts)?.address ?? null;
}

/** An address that something comes from, and what was said of it. */
export interface ForwardedSource {
  readonly address: IpAddress;
  /** Whether something is to the left of it, which was not believed. */
  readonly isForwardedInVain: boolean;
}

/** As `sourceIpOf`, which see. */
export function forwardedSourceOf(peer: string, forwardedFor: string, trusts: TrustsHop): ForwardedSource | null {
  let source = parseIpAddress(peer);
  if (source === null) return null;
  const entries = forwardedFor.split(',');
  for (let hop = 0; trusts(source, hop); hop++) {
    const entry = entries.pop();
    const next = entry === undefined ? null : parseIpAddress(withoutPort(entry.trim()));
    if (next === null) return { address: source, isForwardedInVain: [...entries, entry ?? ''].some(isSaid) };
    source = next;
  }
  return { address: source, isForwardedInVain: entries.some(isSaid) };
}

function isSaid(entry: string): boolean {
  return entry.trim() !== '';
}

/** `1.2.3.4:567` and `[2001:db8::1]:567` carry a port, `[2001:db8::1]` brackets; a bare IPv6 address has neither. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(entry);
  if (bracketed?.[1] !== undefined) return bracketed[1].includes(':') ? bracketed[1] : '';
  return entry.replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, '$1');
}
