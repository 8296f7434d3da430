import ipaddr from 'ipaddr.js';
import { embeddedIpv4, type IpAddress, isInRange } from './ip-address.js';

/** What is left of an IPv4 and of an IPv6 address: its network, in bits. */
const IPV4_BITS = 24;
const IPV6_BITS = 48;

/** A 6to4 network (RFC 3056) has a whole IPv4 address in its bits 16 to 47: as much is left of it as of that address. */
const SIX_TO_FOUR = ipaddr.IPv6.parseCIDR('2002::/16');
const SIX_TO_FOUR_BITS = 16 + IPV4_BITS;

/**
 * The network that an address lies in, as the address with zeroes for the rest: of IPv4 the /24, of IPv6 the /48. What
 * stands for an IPv4 address (NAT64) becomes the network of that, as its lookup is of that address: so all addresses of one
 * lookup key come to the same. Doing it twice changes nothing.
 */
export function truncatedAddress(address: IpAddress): string {
  const { parsed } = embeddedIpv4(address);
  if (parsed instanceof ipaddr.IPv4)
    return ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/${IPV4_BITS}`).toString();
  const bits = isInRange(address, SIX_TO_FOUR) ? SIX_TO_FOUR_BITS : IPV6_BITS;
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${bits}`).toRFC5952String();
}
