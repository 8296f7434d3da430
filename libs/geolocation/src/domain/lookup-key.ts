import ipaddr from 'ipaddr.js';
import { embeddedIpv4, type IpAddress } from './ip-address.js';
import { type AddressRange, addressOf } from './sortable-address.js';

/**
 * What one lookup answers for: the address itself for IPv4, the /64 for IPv6 ("2a00:1450:4009:80b::/64"), since that is
 * the least an access network gives to one site (RFC 6177), and privacy addresses change within it every day.
 */
export function lookupKeyOf(address: IpAddress): string {
  const meant = embeddedIpv4(address);
  if (meant.parsed instanceof ipaddr.IPv4) return meant.text;
  const network = new ipaddr.IPv6([...meant.parsed.parts.slice(0, 4), 0, 0, 0, 0]);
  return `${network.toRFC5952String()}/64`;
}

/** The lookup key of all addresses of a range, or null where they have several. */
export function soleLookupKeyOf({ from, to }: AddressRange): string | null {
  const [first, last] = [from, to].map((sortable) => lookupKeyOf(addressOf(sortable)));
  return first === last ? (first ?? null) : null;
}

/** Whether a text can be one. */
export function isLookupKey(text: string): boolean {
  const [, network] = /^(.+)\/64$/.exec(text) ?? [];
  return network === undefined ? ipaddr.IPv4.isValidFourPartDecimal(text) : ipaddr.IPv6.isValid(network);
}
